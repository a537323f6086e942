/**
 * Silences the console: dcmjs, once loaded, says there what it finds odd in a file. To be imported before it.
 */
console.warn = () => {}
console.error = () => {}
console.log = () => {}
