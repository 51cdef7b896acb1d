/** A process, safe against pid reuse. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from boot to its start: field 22 of /proc/PID/stat. */
  readonly startTicks: number;
}
