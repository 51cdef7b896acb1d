/** Makes one call on the socket that its first argument names, then stays until it is killed. */
import { credentials } from '@grpc/grpc-js';
import { LeaseServiceClient } from '@tenure/client/gen/tenure/lease/v1/lease_service';

const client = new LeaseServiceClient(`unix:${process.argv[2]}`, credentials.createInsecure());
client.getLease({ leaseId: 'l1' }, (error) => {
  process.stdout.write(`${error?.message ?? 'called'}\n`);
});
setInterval(() => undefined, 1000);
