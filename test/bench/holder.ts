import { connect } from '@tenure/client';

/** Holds a lease by its standing connection until it is killed: `node holder SOCKET RESOURCE`. */
async function holdForEver(): Promise<void> {
  const [socketPath = '', resource = ''] = process.argv.slice(2);
  const client = await connect({ socketPath, autostart: false });
  const { outcome } = await client.hold().acquire({ resource });
  if (outcome === 'acquired') process.stdout.write('holds\n');
}

void holdForEver();
