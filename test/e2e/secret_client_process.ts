import { connect } from '@tenure/client';

/**
 * A program that leases secrets, for several clients at once, each over a
 * connection of its own: `node … SOCKET CLIENT[,CLIENT…] NAME[,NAME…]`. It says
 * `ready`, asks once it gets USR2, says `asked` once the daemon has all of it,
 * and what it got as a line of JSON. Then it is gone without a goodbye, as
 * programs are.
 */
async function leaseAll(): Promise<void> {
  const [socketPath = '', clientIds = '', names = ''] = process.argv.slice(2);
  const wishes = clientIds
    .split(',')
    .map((clientId) => ({ clientId, client: connect({ socketPath, autostart: false }) }));
  const connected = await Promise.all(wishes.map(async (wish) => ({ ...wish, client: await wish.client })));
  const go = new Promise((resolve) => process.once('SIGUSR2', resolve));
  // Idle connections and signals keep no process alive.
  const wait = setInterval(() => undefined, 60_000);
  process.stdout.write('ready\n');
  await go;
  clearInterval(wait);
  const answers = connected.flatMap(({ clientId, client }) =>
    names.split(',').map(async (name) => {
      const { lease, replaced, value } = await client.secrets.leaseSecret({ name, clientId });
      return { clientId, name, leaseId: lease?.leaseId, replaced, value: value.toString() };
    }),
  );
  // A call that is answered has overtaken none that went before it on its connection.
  await Promise.all(connected.map(({ client }) => client.health.getStatus()));
  process.stdout.write('asked\n');
  process.stdout.write(`${JSON.stringify(await Promise.all(answers))}\n`, () => process.exit());
}

void leaseAll();
