/**
 * Shapes that only the delivery side knows: what its modules hand to each other, what the journal holds, what the wire carries.
 * The wire's names are those of docs/protocol.md. All `ms` are integers of milliseconds; `perf` is monotonic, `wall` is the computer's own clock.
 */
import type { LeaseStatus, Mode, Standard } from "../types.js";
import type { Clock } from "./clock.js";
import type { Delivery } from "./delivery.js";
import type { Journal } from "./journal.js";

/** Both clocks at one moment. `perf` is on one scale for the page and its worker. */
export interface Reading {
  perf: number;
  wall: number;
}

/** `[start, length, visible, before]`; before: 0 follows on, 1 the page was stopped, 2 the clock of the computer was set. */
export type Span = [start: number, length: number, visible: 0 | 1, before: 0 | 1 | 2];
export type Act = [start: number, length: number];
/** `[ms or null, measured, raw, lenient]` */
export type Word = [ms: number | null, measured: number, raw: string, lenient: 0 | 1];

export interface StatusFields {
  completion?: string;
  success?: string;
  scaled?: string;
  raw?: string;
  min?: string;
  max?: string;
  progress?: string;
}

/** How many leading entries of each list are stored and will not change any more. */
export interface Counts {
  spans: number;
  acts: number;
  words: number;
}

/** The time register as the page holds it and the journal keeps it. */
export interface TimeRegister {
  seq: number;
  /** The content of `seq` has left memory (journal or network): the next change needs a new sequence. */
  left: boolean;
  /** The last sequence that the server stored; 0: none. */
  acked: number;
  stored: Counts;
  /** What was stored as `acked` lacked entries for which there was no room. */
  cut: boolean;
  /** A message of this sequence had no room for all: what was known to be stored when it was made. */
  part?: { seq: number; stored: Counts } | null;
  /** Acknowledgements of sequences up to this one do not count: the server lost what they stood on. */
  floor: number;
  /** Sum of the reported segments (ms) that the server is known to hold. */
  reportedStored: number;
  order: number;
  opened: number;
  measured: number;
  open: number;
  spans: Span[];
  acts: Act[];
  words: Word[];
  status: StatusFields;
  exit: string | null;
  terminated: boolean;
  ended: null | "terminated" | "left";
}

export type WireFinding = [kind: string, element: string, raw: string];

/**
 * The state register. `changed` and `findingsAt` hold the sequence at which an entry last changed. `changed` needs to hold only what is not
 * stored; while nothing is stored (`acked` 0) all of `set` is to be sent.
 */
export interface StateRegister {
  seq: number;
  left: boolean;
  acked: number;
  floor: number;
  order: number;
  set: Record<string, string>;
  changed: Record<string, number>;
  findings: WireFinding[];
  findingsAt: number[];
}

/** Who a session is and under what it is sent. */
export interface Head {
  registration: string;
  session: string;
  /** Number of the launch whose token this is; the highest of a registration is its newest token. */
  launch: number;
  token: string;
  activity: string;
  /** The start of its xAPI or cmi5 content: what statements are said under. */
  start?: string;
  attempt: string;
  new_attempt: boolean;
  standard: Standard;
  mode: Mode;
  /** The attempt that the server made for a `new_attempt`, once it says so. */
  made: string | null;
  /** The ledger under which `acked` was said; null before the first ack. */
  ledger: string | null;
  /** Wall clock at which all of it was stored; null while something is missing. */
  stored_at: number | null;
  /** The server could not verify this token at that wall time (`held`). */
  held: { at: number; token: string } | null;
}

/** The journal entries of a session. `rev` grows with each write, so that of two copies of one sequence the later is known. */
export interface TimeFile extends Head {
  v: 1;
  rev: number;
  /** perf at which the register was taken; only the worker of the same page uses it. */
  at: number;
  time: TimeRegister;
}
export interface StateFile {
  v: 1;
  rev: number;
  state: StateRegister;
}
/** What was set since a whole of sequence `since` was written: a register with only that in `set`, `changed` and `findings`. */
export interface ChangesFile {
  v: 1;
  rev: number;
  since: number;
  changes: StateRegister;
}
export type JournalFile = TimeFile | StateFile | ChangesFile;

/** All that the journal has of one session. */
export interface SessionFiles {
  time: TimeFile;
  state: StateFile | null;
  changes: ChangesFile | null;
}

export interface Piece {
  index: number;
  count: number;
  text: string;
}

/** A state that is too large for one message: the pieces of one sequence. */
export interface PieceJob {
  seq: number;
  base: number;
  order: number;
  whole: boolean;
  texts: string[];
  next: number;
}

export interface SessionRecord {
  head: Head;
  time: TimeRegister;
  state: StateRegister;
  job: PieceJob | null;
}

export interface WireTime extends Omit<TimeRegister, "left" | "acked" | "stored" | "cut" | "part" | "floor" | "reportedStored"> {
  base: number;
  spans_from: number;
  acts_from: number;
  words_from: number;
}

export interface WireState {
  seq: number;
  base: number;
  order: number;
  whole: boolean;
  set?: Record<string, string>;
  findings?: WireFinding[];
  piece?: Piece;
}

export interface WireRecord {
  session: string;
  activity: string;
  /** The start of its xAPI or cmi5 content: what statements are said under. */
  start?: string;
  attempt: string;
  new_attempt: boolean;
  standard: Standard;
  mode: Mode;
  want: "lease" | null;
  time?: WireTime;
  state?: WireState;
}

export interface WireCommit {
  v: 1;
  token: string;
  records: WireRecord[];
}

/** What a message covered, so that its answer can be applied to exactly that. */
export interface Sent {
  time: { seq: number; counts: Counts; cut: boolean; reported: number; whole: boolean } | null;
  state: { seq: number; whole: boolean; piece: { index: number; count: number } | null } | null;
  want: boolean;
}

export interface WireLease {
  number: number;
  mine: boolean;
  silent_ms: number;
}

export interface WireResult {
  session: string;
  time?: { seq: number; status: string };
  state?: { seq: number; status: string };
  need_all?: boolean;
  lease?: WireLease | null;
  /** The attempt that the session belongs to, where the server says so (after `new_attempt`). */
  attempt?: string;
}

/** `ledger` and `now` are null where the database did not answer: then nothing is `stored`, and there is no anchor. */
export type WireAnswer = { v: 1; results: WireResult[] } & ({ ledger: string; now: number } | { ledger: null; now: null });

/** What became of a request. `perf` readings bound the moment at which the server said `now`. */
export type Outcome =
  | { kind: "answer"; answer: WireAnswer; sent: number; received: number }
  | { kind: "forbidden" }
  /** `answered`: something did answer, if not as the protocol says. */
  | { kind: "failed"; answered: boolean };

/** What the page asks of the worker (or of its stand-in on the main thread). */
export interface WorkerPort {
  /** Newest copies for the IndexedDB mirror. `live`: a running session, which the worker lengthens while the main thread is stalled. */
  keep(entries: KeepEntry[]): void;
  forget(keys: string[]): void;
  /** All that the mirror holds, `[key, json]`; empty where it cannot be read. */
  read(): Promise<[string, string][]>;
  /** How often a running session is sent while the main thread is stalled, and where. */
  beats(everyMs: number): void;
}

export interface KeepEntry {
  key: string;
  json: string;
  live: boolean;
}

export interface TickHandler {
  /** `limit`: how long after the one before a tick may come before the page counts as stopped. */
  (reading: Reading, limit: number): void;
}

/** localStorage, or what stands in for it. Every method may throw. */
export interface StorageLike {
  readonly length: number;
  key(index: number): string | null;
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** All that the delivery side takes from outside. `browser-env.js` builds the real one. */
export interface DeliveryEnv {
  /** Monotonic, ms. */
  perf(): number;
  /** The computer's clock, ms since 1970. */
  wall(): number;
  randomBytes(count: number): Uint8Array;
  /** 0 to 1, for jitter. */
  random(): number;
  /** Null or throwing where storage is blocked. */
  storage(): StorageLike | null;
  startWorker(onTick: TickHandler): WorkerPort;
  fetch(address: string, init: { method: string; body: string; headers: Record<string, string>; keepalive: boolean; signal?: AbortSignal }): Promise<{ status: number; json(): Promise<unknown> }>;
  sendBeacon(address: string, body: string): boolean;
  setTimeout(callback: () => void, ms: number): number;
  clearTimeout(id: number): void;
  visible(): boolean;
  /** What comes before `/runtime/commit`: "" on the play origin itself. */
  base: string;
}

/** What the sessions of one page share. `timekeeper.js` makes it. */
export interface Page {
  env: DeliveryEnv;
  clock: Clock;
  journal: Journal;
  delivery: Delivery;
  reading(): Reading;
  /** The id of a session that begins now. */
  newSession(): string;
  /** The newest delivery token of the page's registration. */
  token(): string;
  heartbeatMs(): number;
  ledger(): string | null;
  /** The course is shown, here or in a window of its own. */
  visible(): boolean;
  /** The newest order number that any lease of this page brought; 0 before. */
  order(): number;
  orderSaid(order: number): void;
  /** Dismissal has begun: everything is written synchronously. */
  dismissing(): boolean;
  /** Dismissal has begun just now: for all the page knows it ends here, and only beacons will do. */
  leaving(): boolean;
  statusChanged(): void;
  ledgerSaid(ledger: string): void;
  leaseSaid(lease: LeaseStatus): void;
  refused(reason: "gone" | "forbidden"): void;
}
