// What every driver does: reads its calls, makes each, prints a line for each.
'use strict'

const { readFileSync } = require('node:fs')

module.exports = async function run(call) {
  const setting = JSON.parse(readFileSync(process.argv[2], 'utf8'))
  for (const one of setting.cases) {
    let outcome
    try {
      outcome = await call(one, setting)
    } catch (error) {
      outcome = `${error.name}: ${error.message}`.split('\n')[0]
    }
    console.log(`outcome\t${one.name}\t${outcome}`)
  }
}
