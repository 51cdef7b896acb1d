import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { tokenOrigin } from '../../../src/session/containers/clone_rules.js';

test('a token goes to the origin of the configured repository alone, and never in clear over a network', () => {
  const own = 'https://git.example.org/team/site.git';
  assert.equal(tokenOrigin('https://git.example.org/other.git', own), 'https://git.example.org');
  for (const repo of [
    'https://git.example.org:8443/a',
    'https://git.example.org.evil.net/a',
    'https://evil.net/git.example.org',
    'http://git.example.org/a',
    'git://git.example.org/a',
  ]) {
    assert.equal(tokenOrigin(repo, own), undefined, repo);
  }
  assert.equal(tokenOrigin('http://example.org/a', 'http://example.org/a'), undefined);
  assert.equal(tokenOrigin('git://example.org/a', 'git://example.org/a'), undefined);
  assert.equal(tokenOrigin('http://127.0.0.1:8000/a', 'http://127.0.0.1:8000/b'), 'http://127.0.0.1:8000');
  assert.equal(tokenOrigin(own, undefined), undefined);
});

test('no address but one of the configured host gets a token', () => {
  fc.assert(
    fc.property(fc.webUrl({ validSchemes: ['https', 'http'] }), fc.webUrl({ validSchemes: ['https'] }), (repo, own) => {
      const origin = tokenOrigin(repo, own);
      if (origin !== undefined) assert.equal(new URL(repo).host, new URL(own).host);
    }),
  );
});
