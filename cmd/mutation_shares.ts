/**
 * Which laws hold which files of the core: what `deno task mutation` runs under each mutant.
 *
 * Every mutant costs one run of its share's laws, so a share names the laws that are about its files, and not those that
 * merely use them. A file of a room that no share names is an error, not a file without mutants; and so is a share of what
 * is not there ({@linkcode faultsOf}).
 *
 * @module
 */

/** Files that the same laws are about. */
export interface Share {
  /** The folder of `src/`. */
  readonly room: string;
  /** Files of the room. */
  readonly files: readonly string[];
  /** Groups of laws: `props/laws/<group>_test.ts`. */
  readonly laws: readonly string[];
  /** Groups that take longer, and so run only where the first have noticed nothing. */
  readonly then?: readonly string[];
}

/** All shares, by room. */
export const SHARES: readonly Share[] = [
  {
    room: "version",
    files: ["version_vector.ts", "siblings.ts"],
    laws: ["gaps_version", "version", "merge"],
    then: ["siblings"],
  },
  { room: "version", files: ["plain_clock.ts"], laws: ["plain_clock", "gaps_version"] },
  {
    room: "version",
    files: ["context.ts", "digest.ts", "view.ts"],
    laws: ["leaf", "view", "gaps_version"],
  },
  {
    room: "ring",
    files: ["hash.ts", "partition.ts", "ring.ts", "preference_list.ts"],
    laws: ["gaps_ring", "ring", "claim"],
    then: ["strategies"],
  },
  { room: "ring", files: ["claim.ts"], laws: ["gaps_ring", "claim"], then: ["plan_number"] },
  { room: "ring", files: ["spacing.ts"], laws: ["plan_conflicts"], then: ["plan_number"] },
  {
    room: "ring",
    files: ["plan.ts", "repair.ts"],
    laws: ["plan_number"],
    then: ["gaps_planner", "plan_calm"],
  },
  {
    room: "ring",
    files: ["tokens.ts"],
    laws: ["gaps_ring", "strategies"],
    then: ["planned_changes"],
  },
  {
    room: "quorum",
    files: ["needs.ts", "tally.ts"],
    laws: ["gaps_counts", "gaps_snapshots", "quorum", "reads", "writes"],
  },
  {
    room: "quorum",
    files: ["whom.ts", "stand_ins.ts"],
    laws: ["gaps_stand_ins", "gaps_requests", "gaps_snapshots", "reads", "writes"],
    then: ["read_by_oracle", "write_by_oracle"],
  },
  {
    room: "quorum",
    files: ["get.ts"],
    laws: ["gaps_reads", "gaps_stand_ins", "gaps_snapshots", "reads"],
    then: ["read_by_oracle"],
  },
  {
    room: "quorum",
    files: ["put.ts"],
    laws: ["gaps_puts", "gaps_stand_ins", "gaps_snapshots", "writes"],
    then: ["write_by_oracle", "versions_of_nodes"],
  },
  {
    room: "quorum",
    files: ["outcomes.ts"],
    laws: ["gaps_outcomes", "gaps_snapshots", "forwards", "gaps_curated"],
  },
  {
    room: "quorum",
    files: ["forward.ts"],
    laws: ["gaps_forwards", "gaps_snapshots", "forwards", "gaps_curated"],
  },
  {
    room: "quorum",
    files: ["requests.ts"],
    laws: [
      ...["gaps_requests", "gaps_handed_over", "gaps_snapshots"],
      ...["forwards", "writes", "reads"],
    ],
  },
  { room: "quorum", files: ["reliance.ts"], laws: ["recovery"] },
  { room: "version", files: ["settled.ts"], laws: ["settle_rest", "settle_race", "settle"] },
];

/** What a repository has of what shares name. */
export interface There {
  /** The files of a room, or null if there is no such folder. */
  readonly filesOf: (room: string) => readonly string[] | null;
  /** All groups of laws. */
  readonly laws: readonly string[];
}

/** Why the shares cannot all be run, or do not cover their rooms: a sentence each; none if all is well. */
export function faultsOf(shares: readonly Share[], { filesOf, laws }: There): string[] {
  const faults: string[] = [];
  for (const room of new Set(shares.map(({ room }) => room))) {
    const files = filesOf(room);
    if (files === null) {
      faults.push(`Cannot mutate ${room}: src/ has no such room`);
      continue;
    }
    const shared = shares.filter((share) => share.room === room).flatMap(({ files }) => files);
    for (const file of files) {
      if (!shared.includes(file)) faults.push(`Cannot mutate ${room}/${file}: no share has it`);
    }
    for (const [i, file] of shared.entries()) {
      if (!files.includes(file)) faults.push(`Cannot mutate ${room}/${file}: it is not there`);
      if (shared.indexOf(file) < i) {
        faults.push(`Cannot mutate ${room}/${file}: two shares have it`);
      }
    }
  }
  for (const { room, files, laws: first, then = [] } of shares) {
    for (const group of [...first, ...then].filter((group) => !laws.includes(group))) {
      faults.push(`Cannot mutate ${room}/${files.join(", ")}: there are no laws of ${group}`);
    }
  }
  return faults;
}

/** What the repository at `root` has. */
export function thereIs(root: URL): There {
  const namesIn = (path: string) => [...Deno.readDirSync(new URL(path, root))].map((e) => e.name);
  const rooms = namesIn("src/");
  return {
    filesOf: (room) =>
      rooms.includes(room)
        ? namesIn(`src/${room}/`).filter((name) => !/_(test|bench)\.ts$/.test(name)).sort()
        : null,
    laws: namesIn("props/laws/").flatMap((name) => /^(.+)_test\.ts$/.exec(name)?.[1] ?? []),
  };
}
