// One implementation for both module systems: an error thrown through one is an instance of the
// class that the other exports.
import cardwire from './index.js';

export const { CardwireError, Client, Journal, checkCardNumber, checkIdNumber, checkImage, version } =
  cardwire;
