/* SPDX-License-Identifier: EUPL-1.2 */
/* Search in the language of the page: its own pages, its words, with or without accents. */
"use strict";

const french = document.documentElement.lang === "fr";

if (french)
  Documentation.addTranslations({
    locale: "fr",
    plural_expr: "(n > 1 ? 1 : 0)",
    messages: {
      Searching: "Recherche en cours",
      "Preparing search...": "Préparation de la recherche…",
      "Search Results": "Résultats",
      "Your search did not match any documents. Please make sure that all words are spelled correctly and that you've selected enough categories.":
        "Aucune page ne contient tous ces mots. Vérifiez leur orthographe, ou cherchez un seul d'entre eux.",
      "Search finished, found one page matching the search query.": [
        "Une page trouvée.",
        "${resultCount} pages trouvées.",
      ],
    },
  });

const plain = (word) => word.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();

/* Words typed without accents: the longest accented term of the index that the word begins with. */
const parse = Search._parseQuery;
Search._parseQuery = (query) => {
  const found = parse(query);
  if (!french) return found;
  const { terms, titleterms } = Search._index;
  const accented = [...new Set([...Object.keys(terms), ...Object.keys(titleterms)])]
    .map((term) => [plain(term), term])
    .filter(([bare, term]) => bare !== term)
    .sort(([one], [other]) => other.length - one.length);
  for (const word of query.toLowerCase().match(/[\p{L}\d]+/gu) ?? []) {
    const [stem] = parse(word)[1];
    if (stem === undefined || plain(word) !== word) continue;
    const fit = accented.find(([bare]) => word.startsWith(bare) && bare.length >= stem.length);
    if (!fit) continue;
    found[1].delete(stem);
    found[1].add(fit[1]);
  }
  return found;
};

const perform = Search._performSearch;
Search._performSearch = (...given) =>
  perform(...given).filter(([name]) => name.endsWith(".fr") === french);
