/**
 * What a client is shown of a key: nothing, one value, or siblings.
 *
 * The view comes from the node (`version/view.ts`: expiry, last-writer-wins); here it only gets its name. A tombstone
 * beside a value is a sibling, for the client must decide; tombstones alone are nothing.
 *
 * @module
 */
import { bytesOf, type ObjectName } from "../../id.ts";
import { containerDigest, vtag } from "../../version/digest.ts";
import type { Container, Sibling } from "../../version/siblings.ts";

/** A key as its client sees it. */
export type Shown =
  /** `deleted`: there was something, and it was deleted (404 with `X-Riak-Deleted`). */
  | { readonly kind: "nothing"; readonly deleted: boolean }
  | { readonly kind: "one"; readonly sibling: Sibling }
  | { readonly kind: "many"; readonly siblings: readonly Sibling[] };

/** Names the view. */
export function shownOf(view: readonly Sibling[]): Shown {
  if (view.every(({ version }) => version.tombstone)) {
    return { kind: "nothing", deleted: view.length > 0 };
  }
  const [sibling] = view;
  return view.length === 1 && sibling !== undefined
    ? { kind: "one", sibling }
    : { kind: "many", siblings: view };
}

/** The entity tag, quoted: the one version's vtag, or the container's digest; undefined if nothing is shown. */
export function entityTag(
  shown: Shown,
  name: ObjectName,
  container: Container,
): string | undefined {
  switch (shown.kind) {
    case "nothing":
      return undefined;
    case "one":
      return `"${vtag(shown.sibling.dot)}"`;
    case "many":
      return `"${tagOfShown(shown.siblings, name, container)}"`;
  }
}

/**
 * The digest of what is shown, in letters that a header and a boundary take. Of the container alone it would stay when a
 * sibling expires, or when a property shows what it hid: a cache would go on with a list that nobody is shown any more.
 */
export function tagOfShown(
  siblings: readonly Sibling[],
  name: ObjectName,
  { clock }: Container,
): string {
  const digest = bytesOf(containerDigest(name, { clock, siblings }));
  return digest.toBase64({ alphabet: "base64url", omitPadding: true });
}

/** When what is shown was written last, in ms; undefined if nothing is shown. */
export function lastModifiedMs(shown: Shown): number | undefined {
  switch (shown.kind) {
    case "nothing":
      return undefined;
    case "one":
      return shown.sibling.version.lastModifiedMs;
    case "many":
      return Math.max(...shown.siblings.map(({ version }) => version.lastModifiedMs));
  }
}
