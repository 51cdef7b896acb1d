import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';

/** What Prometheus would get on a Unix socket. */
export async function scrape(socketPath: string): Promise<string> {
  const asked = request({ socketPath, path: '/metrics' });
  asked.end();
  const [response]: IncomingMessage[] = await once(asked, 'response');
  if (response?.statusCode !== 200) throw new Error(`the metrics answered ${response?.statusCode}`);
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
  return text;
}
