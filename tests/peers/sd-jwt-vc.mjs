// Verifies a certificate with npm @sd-jwt/sd-jwt-vc, an implementation of SD-JWT VC and Token Status List that is not ours; offline.
// In, one JSON object on stdin: { "credential", "issuer": JWK, "issuerUrl", "statusList": token of the credential's list,
//   "now": seconds, "nonce": when a key binding must be there }
// Out: { "valid": true, "claims": {...}, "binding": {...} | null } or { "valid": false, "error": text }.
import { createHash, createPublicKey, verify as verifySignature } from 'node:crypto';
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc';

let text = '';
for await (const part of process.stdin) text += part;
const job = JSON.parse(text);

const es256 = (jwk) => (data, signature) =>
  verifySignature('sha256', Buffer.from(data), { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));

const client = new SDJwtVcInstance({
  hasher: (data, alg) => new Uint8Array(createHash(alg.replace('-', '')).update(Buffer.from(data)).digest()),
  hashAlg: 'sha-256',
  verifier: es256(job.issuer),
  statusVerifier: es256(job.issuer),
  kbVerifier: (data, signature, payload) => es256(payload.cnf.jwk)(data, signature),
  statusListFetcher: (uri) => {
    if (uri !== `${job.issuerUrl}/status/0`) throw new Error(`no such status list: ${uri}`);
    return job.statusList;
  },
});

try {
  const result = await client.verify(job.credential, {
    currentDate: job.now,
    requiredClaimKeys: ['iss', 'vct', 'cnf', 'status', 'certificate_number'],
    ...(job.nonce ? { keyBindingNonce: job.nonce } : {}),
  });
  process.stdout.write(JSON.stringify({ valid: true, claims: result.payload, binding: result.kb?.payload ?? null }));
} catch (error) {
  process.stdout.write(JSON.stringify({ valid: false, error: String(error.message) }));
}
