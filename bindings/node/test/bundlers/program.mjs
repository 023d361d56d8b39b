import { checkCardNumber } from 'cardwire';
console.log(checkCardNumber('6222020000000000000').luhn);
