/** How the suite starts its browser here (jest-puppeteer's configuration). */
"use strict";

module.exports = {
  launch: {
    headless: true,
    executablePath: process.env.SEATTIME_CHROMIUM,
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  },
};
