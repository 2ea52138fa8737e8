/**
 * Shapes shared by the adapter side, the delivery side and the player.
 * The adapter and the delivery side never import each other; these types are all that they have in common.
 */

/** The run-time standard that an activity is played under. `none`: the content has no API (HTML5, xAPI, cmi5). */
export type Standard = "scorm11" | "scorm12" | "scorm2004" | "none";

export type Mode = "normal" | "review" | "browse";

/** What an adapter needs to answer GetValue without the network. Comes from the server, or from the journal laid over it. */
export interface LaunchData {
  /** Element name to value, as earlier sessions of this attempt stored them (`cmi.suspend_data`, `cmi.core.lesson_status`, `cmi.interactions.0.id` ...). */
  elements: Record<string, string>;
  /** Sum of the reported session times of the attempt's earlier sessions, ms (SCORM 1.2 RTE 3.4.4 cmi.core.total_time; 2004 RTE 4.2.24). */
  totalTimeMs: number;
  entry: "ab-initio" | "resume" | "";
  mode: Mode;
  credit: "credit" | "no-credit";
  learnerId: string;
  /** `Last, First`. */
  learnerName: string;
  /** From the manifest; absent where the manifest says nothing. */
  masteryScore?: number;
  scaledPassingScore?: number;
  completionThreshold?: number;
  /** ms */
  maxTimeAllowedMs?: number;
  timeLimitAction?: string;
  dataFromLms?: string;
  /** Objective ids that the manifest declares, primary first (2004). */
  objectives?: string[];
}

/** A thing that somebody may have to look at: raw value kept, nothing hidden. */
export interface Finding {
  kind: string;
  element: string;
  raw: string;
}

/**
 * What the adapter tells the player. Every method is synchronous and never touches the network before it answers.
 * The delivery side's recorder implements it.
 */
export interface SessionSink {
  /** Initialize was accepted: a session begins (a new UUID each time). */
  initialized(): void;
  /** SetValue was accepted and is in the model. `value` is what the model now holds. */
  changed(element: string, value: string): void;
  /** The content said its session_time. `ms` is what it means, or null where nobody can read it. `lenient`: not in the standard's own form. */
  sessionTime(raw: string, ms: number | null, lenient: boolean): void;
  /** A leniency was used or a value is odd. */
  finding(finding: Finding): void;
  /** True once the session's record is in the journal. */
  commit(): boolean;
  /** The content ended its session. True once the record is in the journal. */
  terminate(): boolean;
  /** What a further Initialize in a new document of the same player starts from (the journal laid over the newest state). */
  restart(): LaunchData;
}

/** The running adapter that the player holds. */
export interface Adapter {
  /** The object that content finds: `API` (1.1, 1.2) or `API_1484_11` (2004). Frozen; holds nothing but the standard's functions. */
  readonly api: Readonly<Record<string, (...args: unknown[]) => string>>;
  readonly globalName: "API" | "API_1484_11";
  /** `not-initialized` | `running` | `terminated` */
  state(): "not-initialized" | "running" | "terminated";
  /** The content's frame loaded another document: a further Initialize after Terminate is a new session, not an error. */
  documentChanged(): void;
  /** The model's present values, readable elements only; for tests and for the call log. */
  snapshot(): Record<string, string>;
}

/** `createAdapter(standard, launch, sink)` in adapter/create-adapter.js */
export type CreateAdapter = (standard: "scorm11" | "scorm12" | "scorm2004", launch: LaunchData, sink: SessionSink) => Adapter;
