'use strict';

const fs = require('fs');

const own = require('./schema.json');

// schema is what the props have to satisfy: the keys that this project uses and no others, and, where a file with the
// schema of component fc3 is named, that one as well. It allows unknown keys, so a misspelt one would be ignored in
// silence; here it is made strict.
function schema(officialFile) {
  if (!officialFile) {
    return own;
  }
  const { definitions, $schema, ...official } = JSON.parse(fs.readFileSync(officialFile, 'utf8'));
  closed(official);
  Object.values(definitions).forEach(closed);
  return { definitions, allOf: [own, official] };
}

// closed refuses unknown keys in each object that lists the known ones and does not allow others by its own word. What
// stands below if, then and else are conditions on such an object.
function closed(part) {
  if (part.type === 'object' && part.properties && part.additionalProperties === undefined) {
    part.additionalProperties = false;
  }
  for (const [key, below] of Object.entries(part)) {
    if (below && typeof below === 'object' && !['if', 'then', 'else'].includes(key)) {
      closed(below);
    }
  }
}

module.exports = { schema };
