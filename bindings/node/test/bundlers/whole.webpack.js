module.exports = { target: 'node', mode: 'production', entry: './program.js', output: { filename: 'whole.webpack.js' } };
