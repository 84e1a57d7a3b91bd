import type { Reporter, SerializedError, TestModule } from "vitest/node";

/** Closes a run with the plain line `N passed, N failed[, N skipped]`; what did not load or was not handled counts as failed. */
export default class PlainReporter implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>, unhandled: ReadonlyArray<SerializedError>): void {
    const count = { passed: 0, failed: unhandled.length, skipped: 0 };
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      if (module.errors().length > 0 || (module.state() === "failed" && tests.length === 0))
        count.failed += 1;
      for (const suite of module.children.allSuites()) count.failed += suite.errors().length;
      for (const test of tests) {
        const { state } = test.result();
        if (state === "passed") count.passed += 1;
        else if (state === "skipped") count.skipped += 1;
        else count.failed += 1;
      }
    }
    const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : "";
    process.stdout.write(`${count.passed} passed, ${count.failed} failed${skipped}\n`);
  }
}
