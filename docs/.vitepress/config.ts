import { defineConfig } from "vitepress";
import { repositoryLinks } from "./repository-links.ts";

export default defineConfig({
  title: "onnx-lrp",
  description:
    "Explains what an exported network saw: from an .onnx file and a picture to the pixels that speak for a class",
  lang: "en",
  srcExclude: ["node_modules/**"],
  cleanUrls: true,
  // The index of the search is one chunk.
  vite: { build: { chunkSizeWarningLimit: 2000 } },
  markdown: { config: (markdown) => markdown.use(repositoryLinks) },
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    nav: [
      { text: "Getting started", link: "/getting-started" },
      { text: "How to read a map", link: "/reading-maps" },
      { text: "The page", link: "/page" },
      { text: "API", link: "/api/" },
    ],
    sidebar: [
      {
        text: "Guide",
        items: [
          { text: "Getting started", link: "/getting-started" },
          { text: "How to read a map", link: "/reading-maps" },
          { text: "Recipes", link: "/recipes" },
          { text: "The page", link: "/page" },
          { text: "In a browser", link: "/web" },
          { text: "Questions and errors", link: "/troubleshooting" },
        ],
      },
      {
        text: "What goes in, what is asked",
        items: [
          { text: "Inputs", link: "/inputs" },
          { text: "Outputs and targets", link: "/outputs" },
          { text: "Files", link: "/files" },
          { text: "What files say of themselves", link: "/metadata" },
          { text: "Figures", link: "/figures" },
        ],
      },
      {
        text: "What a map is",
        items: [
          { text: "Definitions", link: "/relevance" },
          { text: "Methods", link: "/methods" },
          { text: "Beside other libraries", link: "/peers" },
        ],
      },
      {
        text: "How good it is",
        items: [
          { text: "Evaluation", link: "/evaluation" },
          { text: "Scenes", link: "/scenes" },
          { text: "Coverage", link: "/coverage" },
          { text: "Operators", link: "/operators" },
          { text: "Reliability", link: "/reliability" },
          { text: "Speed", link: "/speed" },
          { text: "Where it runs", link: "/hosts" },
        ],
      },
      {
        text: "Adding to it",
        collapsed: true,
        items: [
          { text: "An operator", link: "/how-to/add-an-operator" },
          { text: "A rule", link: "/how-to/add-a-rule" },
          { text: "A composite", link: "/how-to/add-a-composite" },
          { text: "A method", link: "/how-to/add-a-method" },
          { text: "A metric", link: "/how-to/add-a-metric" },
          { text: "A pass", link: "/how-to/add-a-pass" },
          { text: "A metadata reader", link: "/how-to/add-a-metadata-reader" },
        ],
      },
      {
        text: "API",
        collapsed: true,
        items: ["onnx-lrp", "web", "core", "pictures", "node", "report", "evaluation", "onnx-loader"].map(
          (name) => ({
            text: name === "onnx-lrp" ? name : `@onnx-lrp/${name}`,
            link: `/api/${name}/src/`,
          }),
        ),
      },
    ],
  },
});
