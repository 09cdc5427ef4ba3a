/** Counts what holds and what does not, and says both aloud. */
export function createCount() {
  let passed = 0
  let failed = 0
  const it = (title, check) => {
    try {
      check()
      passed += 1
      console.log(`  ✔ ${title}`)
    } catch (error) {
      failed += 1
      console.log(`  ✘ ${title}\n      ${error.message.replaceAll('\n', '\n      ')}`)
    }
  }
  const finish = () => {
    console.log(`\n${passed} passed, ${failed} failed`)
    process.exitCode = failed === 0 && passed > 0 ? 0 : 1
  }
  return { it, finish }
}
