// Stands in for d3-dsv, which makes functions from text: the policy of the pages forbids that, and
// the data of a chart are in its specification.
export function dsvFormat() {
  throw new Error("charts read no CSV");
}
