'use strict';

// The JSON documents of the core, as JavaScript has them: camelCase names, frozen.

function camelCase(name) {
  return name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
}

function converted(value) {
  if (Array.isArray(value)) return Object.freeze(value.map(converted));
  if (value === null || typeof value !== 'object') return value;
  const object = {};
  for (const [key, inner] of Object.entries(value)) object[camelCase(key)] = converted(inner);
  return Object.freeze(object);
}

function parsed(json) {
  return converted(JSON.parse(json));
}

module.exports = { camelCase, parsed };
