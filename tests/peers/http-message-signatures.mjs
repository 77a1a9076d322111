// Signs or verifies one HTTP message with npm http-message-signatures, an implementation of RFC 9421 that is not ours.
// In, one JSON object on stdin: { "do": "sign" | "verify", "key": JWK, "kid", "alg", "message": {...}, "request": {...}?,
//   sign: "label", "fields": [...], "params": [...], "values": {...} }
// Out, one JSON object: { "headers": {...} } or { "valid": true | false | null, "error": text }.
import { createPrivateKey, createPublicKey } from 'node:crypto';
import signatures from 'http-message-signatures';

const { httpbis, createSigner, createVerifier } = signatures;

let text = '';
for await (const part of process.stdin) text += part;
const job = JSON.parse(text);

async function sign() {
  const signer = createSigner(createPrivateKey({ key: job.key, format: 'jwk' }), job.alg, job.kid);
  const values = { ...job.values };
  for (const name of ['created', 'expires']) if (values[name]) values[name] = new Date(values[name] * 1000);
  const signed = await httpbis.signMessage(
    { key: signer, name: job.label, fields: job.fields, params: job.params, paramValues: values },
    job.message,
    job.request,
  );
  return { headers: signed.headers };
}

async function verify() {
  const check = createVerifier(createPublicKey({ key: job.key, format: 'jwk' }), job.alg);
  const keyLookup = async ({ keyid }) => (keyid === job.kid ? { id: job.kid, algs: [job.alg], verify: check } : null);
  try {
    return { valid: await httpbis.verifyMessage({ keyLookup }, job.message, job.request) };
  } catch (error) {
    return { valid: false, error: String(error.message) };
  }
}

process.stdout.write(JSON.stringify(job.do === 'sign' ? await sign() : await verify()));
