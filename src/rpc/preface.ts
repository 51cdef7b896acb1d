/** What every HTTP/2 client says first (RFC 9113, section 3.4). */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/** Whether a connection's first bytes are those of HTTP/2. */
export function startsHttp2(received: Uint8Array): 'yes' | 'no' | 'too-short' {
  const length = Math.min(received.length, PREFACE.length);
  if (PREFACE.compare(received, 0, length, 0, length) !== 0) return 'no';
  return length === PREFACE.length ? 'yes' : 'too-short';
}
