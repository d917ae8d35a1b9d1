/* SPDX-License-Identifier: EUPL-1.2 */
/* On a narrow screen the list of pages begins closed, so that the page is read first. */
"use strict";
if (matchMedia("(max-width: 60rem)").matches)
  document.querySelector("nav.pages details").removeAttribute("open");
