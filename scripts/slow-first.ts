import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that take the longest, in that order: begun last, one of them would keep one worker busy while the others rest. */
const slow = [
  "packages/page/test/page.test.ts",
  "packages/cli/test/evaluate.test.ts",
  "test/exported-networks.test.ts",
  "test/packed.test.ts",
  "packages/web/test/browser.test.ts",
  "test/kernels.test.ts",
  "test/forward.test.ts",
  "packages/evaluation/test/kill.test.ts",
  "packages/cli/test/evaluate-arrays.test.ts",
  "packages/cli/test/open-inputs.test.ts",
  "packages/cli/test/explain.test.ts",
  "packages/cli/test/compare.test.ts",
  "test/scenes.test.ts",
  "test/exporters.test.ts",
  "packages/evaluation/test/workers.test.ts",
];

/** Begins with the files that take the longest; a machine that has not run the tests before does not know which. */
export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    // A project's files stay together: its workers are kept from one file to the next.
    const projects = [...new Set(sorted.map(({ project }) => project.name))];
    const rank = ({ moduleId, project }: TestSpecification) => {
      const place = slow.findIndex((name) => moduleId.endsWith(`/${name}`));
      return projects.indexOf(project.name) * (slow.length + 1) + (place === -1 ? slow.length : place);
    };
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}
