export const LAUNCHD_LABEL = 'dev.tenure.tenured';

/** What the property list is written for. */
export interface LaunchdChoice {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Where a start that fails says why; the daemon's own log is in its state folder. */
  readonly errorPath: string;
}

/** An agent of launchd, for the user who is logged in. */
export function launchdPlist({ command, environment, errorPath }: LaunchdChoice): string {
  const variables = Object.entries(environment).flatMap(([name, value]) => [
    `    <key>${xmlText(name)}</key>`,
    `    <string>${xmlText(value)}</string>`,
  ]);
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    '<!-- Written by tenure daemon install; what is changed here is lost at the next one. -->',
    '<plist version="1.0">',
    '<dict>',
    '  <key>Label</key>',
    `  <string>${LAUNCHD_LABEL}</string>`,
    '  <key>ProgramArguments</key>',
    '  <array>',
    ...command.map((word) => `    <string>${xmlText(word)}</string>`),
    '  </array>',
    ...(variables.length === 0 ? [] : ['  <key>EnvironmentVariables</key>', '  <dict>', ...variables, '  </dict>']),
    '  <key>RunAtLoad</key>',
    '  <true/>',
    '  <key>KeepAlive</key>',
    '  <dict>',
    '    <!-- One that ended in order stays down. -->',
    '    <key>SuccessfulExit</key>',
    '    <false/>',
    '  </dict>',
    '  <key>ThrottleInterval</key>',
    '  <integer>10</integer>',
    '  <!-- Sessions outlive the daemon. -->',
    '  <key>AbandonProcessGroup</key>',
    '  <true/>',
    '  <key>Umask</key>',
    '  <integer>63</integer>',
    '  <key>StandardErrorPath</key>',
    `  <string>${xmlText(errorPath)}</string>`,
    '</dict>',
    '</plist>',
  ];
  return `${lines.join('\n')}\n`;
}

function xmlText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
