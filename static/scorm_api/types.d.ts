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
  /** Leniencies switched on or off for this course: `+kind`, `-kind`, `+all`, `-all`, one after the other (adapter/leniencies.js). */
  leniencies?: string[];
  /** 2004: an exit that was never set ends the attempt, as the standard's letter has it (the leniency `unset-exit` is off). */
  unsetExitEnds?: boolean;
  /** Objective ids that the manifest declares, primary first (2004). */
  objectives?: string[];
  /** The stores that the manifest maps to the activity, in its order (2004 4th Ed., `adl.data`). */
  sharedData?: SharedDatum[];
}

/** A store that activities share (2004 4th Ed. CAM adlcp:map; RTE 4.3). */
export interface SharedDatum {
  /** `targetID` */
  id: string;
  /** What an activity wrote last; null where none did. */
  value: string | null;
  readable: boolean;
  writable: boolean;
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
  /**
   * SetValue was accepted; `value` is what the model holds. `derived`: not the content's word but what the standard makes the
   * LMS decide (1.2 RTE 3.4.4 lesson_status at LMSFinish; 2004 RTE 4.2.4.1, 4.2.22.1). session_time comes by `sessionTime` alone.
   */
  changed(element: string, value: string, derived?: boolean): void;
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

/* ---- what the server says at a launch (docs/protocol.md) ---- */

export interface ActivityStart {
  id: string;
  title: string;
  /** A UUID: under it stands what content says by statements. Only where it speaks xAPI or cmi5, beside SCORM too. */
  start?: string;
  /** Attempt key, or "" where the server has not allocated one yet (it does so when it first sees a session of it). */
  attempt: string;
  /** The attempt named here has ended: the next session begins a new one. */
  new_attempt?: boolean;
  standard: Standard;
  /** Which global objects the content may find. One, except where the manifest does not tell; none for HTML5, xAPI and cmi5. */
  expose: ("API" | "API_1484_11")[];
  /** Address of the content on the play origin, parameters included. */
  src: string;
  /** The newest order number that this launch holds for it. */
  order: number;
  data: LaunchData;
}

export interface TocEntry {
  id: string;
  title: string;
  launchable: boolean;
  children: TocEntry[];
  /** `completed`, `incomplete`, `passed`, `failed`, `not attempted`, `unknown`. */
  status: string;
}

export interface LaunchResponse {
  v: 1;
  ledger: string;
  /** Server time, ms. */
  now: number;
  heartbeat_ms: number;
  /** Internal registration key. */
  registration: string;
  /** Delivery token: write-only, 30 days. */
  token: string;
  launch: { number: number; order: number };
  mode: Mode;
  course: { title: string; kind: string; open_in: "frame" | "window"; exit_url: string };
  learner: { name: string };
  toc: TocEntry[];
  /** The activity to open first. */
  first: string;
  /** Every launchable activity by id, so that a later one can start without the network. */
  activities: Record<string, ActivityStart>;
  /** Addresses of the delivery pages of sibling origins with sessions that are not settled. */
  siblings: string[];
}

/** The answer to `/runtime/open`. */
export interface OpenResponse {
  v: 1;
  ledger: string;
  /** Server time, ms. */
  now: number;
  launch: { number: number; order: number };
  /** Number of the registration's newest launch: above `launch.number` where the course was opened again since. */
  newest_launch: number;
  activity: ActivityStart;
  toc: TocEntry[];
}

/* ---- what the player uses of the delivery side ---- */

/**
 * `saved`: all stored. `saving`: something is under way. `spooled`: the server has it on its disk, not in its database yet. `held`: the
 * server keeps it for a person to look at, and so does this device. `kept`: only on this device for now. `sent`: all stored, but storage is
 * blocked, so that there is no copy here. `unsafe`: storage is blocked and the server does not have it: only in this page's memory.
 */
export type SaveStatus = "saved" | "saving" | "spooled" | "held" | "kept" | "sent" | "unsafe";

export interface LeaseStatus {
  mine: boolean;
  /** How long the holder has been silent, ms; 0 where it is this page. */
  silentMs: number;
}

/** One open activity in the player. The adapter is handed it as its SessionSink. */
export interface SessionRecorder extends SessionSink {
  /** The running session's UUID, or null before Initialize and after the end. */
  session(): string | null;
  /**
   * For content that has no API, or has not called Initialize when its frame is loaded (some never does): the player begins the
   * session. An Initialize that follows goes on with that session.
   */
  begin(): void;
  /** Trusted input, playing media, a changed status, score, location or interaction. Cheap; may be called often. */
  activity(): void;
  /** Ends the session if it still runs (`left`: the content never called Finish/Terminate). Writes the journal synchronously and sends. */
  end(): void;
  /** Asks for the lease of the attempt ("continue here"). */
  askLease(): void;
}

/** The whole delivery side of one player page; made by `createTimekeeper` in delivery/timekeeper.js. */
export interface Timekeeper {
  /** Sends what earlier pages left in the journal; resolves when all is acknowledged or after `limitMs`. Never rejects. */
  deliverPending(limitMs: number): Promise<{ delivered: number; left: number }>;
  /** The launch's answer: token, anchor, heartbeat. From now on recorders can be made. */
  launched(answer: LaunchResponse): void;
  /** The sessions of this browser that the server has not to the end, by id. */
  waiting(): readonly string[];
  /** A recorder for one activity that is about to be opened; lays the journal's records over `start.data` where they are newer. */
  record(start: ActivityStart): { recorder: SessionRecorder; data: LaunchData };
  /** The page became visible or hidden. */
  visibility(visible: boolean): void;
  /** Dismissal of the page has begun (pagehide, or hidden on a phone): from now on every call writes the journal synchronously, Commit and Terminate also send. */
  dismissalBegan(): void;
  /** The page came back (visible again, or pageshow). */
  dismissalEnded(): void;
  /** The network is back, as far as the browser knows: what waits for its next try goes now. */
  online(): void;
  /** Calls back now and at each change. */
  onStatus(listener: (status: SaveStatus) => void): void;
  onLease(listener: (lease: LeaseStatus) => void): void;
  /** The registration was erased, or the token refused: the player says so. */
  onRefused(listener: (reason: "gone" | "forbidden") => void): void;
}
