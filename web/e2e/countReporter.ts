import type { FullResult, Reporter, TestCase, TestResult } from '@playwright/test/reporter';

/** Closes with a plain line that any CI reads: `N passed, N failed, N skipped`. */
export default class CountReporter implements Reporter {
  private readonly last = new Map<string, TestResult['status']>();
  onTestEnd(test: TestCase, result: TestResult): void {
    this.last.set(test.id, result.status);
  }
  onEnd(_result: FullResult): void {
    const states = [...this.last.values()];
    const passed = states.filter((s) => s === 'passed').length;
    const skipped = states.filter((s) => s === 'skipped').length;
    process.stdout.write(`${passed} passed, ${states.length - passed - skipped} failed, ${skipped} skipped\n`);
  }
}
