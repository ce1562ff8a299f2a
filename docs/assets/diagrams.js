// Draw the diagrams of a page. Mermaid comes from this site, not from a CDN, which the theme would ask.
const diagrams = document.querySelectorAll(".diagram");
if (diagrams.length > 0) {
  const { mermaid } = await import("./mermaid/index.js");
  mermaid.initialize({ startOnLoad: false, theme: "neutral" });
  await mermaid.run({ nodes: diagrams });
}
