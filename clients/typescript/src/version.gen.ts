// Made by .ci/generate.mjs, from package.json. DO NOT EDIT.

/** The version of this client. */
export const CLIENT_VERSION = '0.1.0';
