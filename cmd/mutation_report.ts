/**
 * Reads what StrykerJS reports, and scores it.
 *
 * A **mutant** is the source with one small change (`<` made `<=`, a condition made true, a block emptied). It is
 * *noticed* if a law fails or hangs under it, else it *survives*. A survivor that changes nothing that anybody could
 * notice is **listed**, with the reason, and does not count. A listing names the line as it was and as it became, so that
 * it still fits when lines move; one that fits no survivor any more is an error, for it would excuse what nobody looked at.
 *
 * @module
 */

/** What of Stryker's report is read here (mutation-testing-report-schema 2). */
export interface StrykerReport {
  readonly files: Readonly<
    Record<string, { readonly source: string; readonly mutants: readonly StrykerMutant[] }>
  >;
}

/** One mutant as Stryker reports it. Lines and columns count from 1; the end is exclusive. */
export interface StrykerMutant {
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly status: string;
  readonly location: { readonly start: Place; readonly end: Place };
}

interface Place {
  readonly line: number;
  readonly column: number;
}

/** A survivor that need not be noticed. */
export interface Listed {
  readonly file: string;
  /** The whole line as it stands in the file, or lines joined by single spaces. */
  readonly line: string;
  /** What the mutant makes of it. */
  readonly becomes: string;
  /** Why nobody can notice, in one sentence. */
  readonly reason: string;
}

/** Listings of one file of `src/`. */
export function of(file: string, listings: readonly Omit<Listed, "file">[]): Listed[] {
  return listings.map((listed) => ({ file: `src/${file}`, ...listed }));
}

/** Several mutants of one line that nobody can notice, for one reason. */
export function each(
  reason: string,
  line: string,
  becomes: readonly string[],
): Omit<Listed, "file">[] {
  return becomes.map((becomes) => ({ line, becomes, reason }));
}

/** One mutant, and whether the laws noticed it. */
export interface Mutant {
  readonly file: string;
  readonly at: number;
  readonly line: string;
  readonly becomes: string;
  readonly noticed: boolean;
}

/** How many mutants the laws notice. */
export interface Score {
  readonly noticed: number;
  readonly listed: number;
  /** Survivors that are not listed. */
  readonly survivors: readonly Mutant[];
  /** Noticed, of all that are not listed; 1 if there are none. */
  readonly share: number;
  /** Listings of these files that fit no survivor. */
  readonly stale: readonly Listed[];
}

/**
 * The mutants of a report.
 *
 * @throws {Error} If Stryker says of one what is neither noticed nor survived: then it was not tried.
 */
export function mutantsOf({ files }: StrykerReport): Mutant[] {
  return Object.entries(files).flatMap(([file, { source, mutants }]) =>
    mutants.map((mutant) => ({ file, ...shown(source, mutant), noticed: isNoticed(file, mutant) }))
  );
}

/** The score of the mutants of some files. */
export function scoreOf(mutants: readonly Mutant[], listings: readonly Listed[]): Score {
  const files = new Set(mutants.map(({ file }) => file));
  const survivors = mutants.filter(({ noticed }) => !noticed);
  const unlisted = survivors.filter((mutant) => !listings.some((listed) => fits(listed, mutant)));
  const noticed = mutants.length - survivors.length;
  const counted = noticed + unlisted.length;
  return {
    noticed,
    listed: survivors.length - unlisted.length,
    survivors: unlisted,
    share: counted === 0 ? 1 : noticed / counted,
    stale: listings.filter((listed) =>
      files.has(listed.file) && !survivors.some((mutant) => fits(listed, mutant))
    ),
  };
}

function fits(listed: Listed, { file, line, becomes }: Mutant): boolean {
  return listed.file === file && listed.line === line && listed.becomes === becomes;
}

function isNoticed(file: string, { status, location }: StrykerMutant): boolean {
  switch (status) {
    case "Killed":
    case "Timeout":
      return true;
    case "Survived":
      return false;
    default:
      throw new Error(
        `Cannot score ${file}:${location.start.line}: Killed, Timeout or Survived wanted, got ${status}`,
      );
  }
}

/** The lines that a mutant touches, before and after, with white space made single spaces. */
function shown(source: string, { location: { start, end }, replacement }: StrykerMutant) {
  const lines = source.split("\n").slice(start.line - 1, end.line);
  const last = lines.at(-1) ?? "";
  const before = (lines[0] ?? "").slice(0, start.column - 1);
  const after = last.slice(end.column - 1);
  return {
    at: start.line,
    line: lines.join("\n").replaceAll(/\s+/g, " ").trim(),
    becomes: (before + (replacement ?? "") + after).replaceAll(/\s+/g, " ").trim(),
  };
}
