import { warn } from '../output.js';
import { errorJson, reportOf, warnReport } from '../report.js';

/** Tells of an error on standard error, in JSON too: standard output is the command's alone. */
export function sayError(error: unknown, json: boolean): void {
  const report = reportOf(error);
  if (json) warn(JSON.stringify(errorJson(report)));
  else warnReport(report);
}
