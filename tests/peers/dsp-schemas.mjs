// Validates messages of the Dataspace Protocol against its published schemas with ajv.
// In: {"folder": "…/conformance/dsp", "messages": [{"schema": "negotiation/contract-request-message-schema.json", "message": {…}}]}
// Out: [null or what is wrong, one per message].
import fs from 'node:fs';
import path from 'node:path';
import Ajv2019 from 'ajv/dist/2019.js';

const input = JSON.parse(fs.readFileSync(0, 'utf8'));
const base = 'https://w3id.org/dspace/2025/1/';
const ajv = new Ajv2019({ strict: false, allErrors: true, validateFormats: false });
for (const part of ['catalog', 'common', 'negotiation', 'transfer']) {
  for (const file of fs.readdirSync(path.join(input.folder, part)).filter((f) => f.endsWith('-schema.json'))) {
    // Two published references lack the slash of a JSON pointer; as they stand no validator resolves them.
    const text = fs.readFileSync(path.join(input.folder, part, file), 'utf8').replaceAll('.json#definitions/', '.json#/definitions/');
    ajv.addSchema(JSON.parse(text));
  }
}
const wrong = input.messages.map(({ schema, message }) => {
  const validate = ajv.getSchema(base + schema);
  if (!validate) return `no schema ${schema}`;
  return validate(message) ? null : ajv.errorsText(validate.errors);
});
process.stdout.write(JSON.stringify(wrong));
