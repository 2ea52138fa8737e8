import js from "@eslint/js";
import globals from "globals";

export default [
  js.configs.recommended,
  { languageOptions: { ecmaVersion: 2022, sourceType: "module" } },
  {
    files: ["static/scorm_api/**/*.js", "backend/seattime/web/assets/**/*.js"],
    languageOptions: { globals: { ...globals.browser, ...globals.worker } },
    rules: {
      eqeqeq: "error",
      "prefer-const": "error",
      "no-var": "error",
      "no-restricted-syntax": ["error", { selector: "TemplateLiteral TemplateLiteral", message: "What removes comments when modules are served does not know a template in a template." }],
    },
  },
  { files: ["e2e/**/*.cjs"], languageOptions: { sourceType: "commonjs", globals: globals.node } },
  { files: ["tests/js/**", "tests/conformance/**", "benchmarks/**"], languageOptions: { globals: { ...globals.node, ...globals.browser } } },
  // The adapter and the delivery side know only types.d.ts of each other: the player hands one to the other.
  {
    files: ["static/scorm_api/adapter/**/*.js"],
    rules: { "no-restricted-imports": ["error", { patterns: ["**/delivery/**", "**/player/**"] }] },
  },
  {
    files: ["static/scorm_api/delivery/**/*.js"],
    rules: { "no-restricted-imports": ["error", { patterns: ["**/adapter/**", "**/player/**"] }] },
  },
];
