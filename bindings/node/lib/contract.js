'use strict';

// Core's own lists: kinds of errors, records with their fields, limits.

const native = require('./native.js');

module.exports = JSON.parse(native.contract());
