/**
 * Whether a whole text matches a pattern: `*` matches any characters, including none, `?` exactly one (a code
 * point), everything else for itself, case and brackets too. `/` and `.` are characters like others. At worst it
 * takes time in proportion to the product of the two lengths: only the last `*` is ever tried again, since whatever an
 * earlier one could take more, the last can take too.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  const wanted = Array.from(pattern);
  const given = Array.from(text);
  let p = 0;
  let t = 0;
  let star = -1;
  /** Where what the last `*` takes ends. */
  let taken = 0;
  while (t < given.length) {
    // A `*` of the pattern comes first: one in the text is fit by it too.
    if (wanted[p] === "*") {
      star = p++;
      taken = t;
    } else if (p < wanted.length && (wanted[p] === "?" || wanted[p] === given[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++taken;
    } else {
      return false;
    }
  }
  while (wanted[p] === "*") p++;
  return p === wanted.length;
}
