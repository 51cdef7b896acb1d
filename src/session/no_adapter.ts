import { didYouMean } from '../rpc/did_you_mean.js';
import { Refusal } from '../rpc/refusal.js';

/** Refuses the name of an adapter that there is none of. */
export function noAdapter(name: string, known: readonly string[]): Refusal {
  const meant = didYouMean(name, known);
  const guess = meant === undefined ? '' : `did you mean ${meant}? `;
  return new Refusal('ADAPTER_UNAVAILABLE', `there is no adapter ${name}; ${guess}there are: ${known.join(', ')}`);
}
