// SPDX-License-Identifier: AGPL-3.0-or-later
// sentences - the texts for people in C sources: string literals, joined as the compiler joins them, with
// the calls they stand in.

/** Every string literal: { text, line, calls: names of the enclosing calls, innermost first, arg }. */
export function literals(source) {
  const token = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|[A-Za-z_]\w*|\s+|[\s\S]/g;
  const found = [];
  const open = [];
  let word = '';
  let last = null; // the literal the next one would be joined to
  let line = 1;
  for (const [text] of source.matchAll(token)) {
    const at = line;
    line += text.split('\n').length - 1;
    if (/^(\s|\/\*|\/\/)/.test(text)) continue;
    if (text[0] === '"') {
      const value = unescape(text.slice(1, -1));
      if (last) last.text += value;
      else found.push(last = { text: value, line: at, calls: open.map((call) => call.name).reverse(), arg: open.at(-1)?.arg ?? 0 });
      continue;
    }
    // PRId64 and its like stand between two pieces of one format.
    if (last && /^PRI[diux]64$/.test(text)) {
      last.text += `ll${text[3]}`;
      continue;
    }
    if (text === '(' || text === '{') open.push({ name: text === '(' ? word : '{', arg: 0 });
    else if (text === ')' || text === '}') open.pop();
    else if (text === ',' && open.length > 0) open.at(-1).arg++;
    word = /^\w/.test(text) ? text : '';
    last = null;
  }
  return found;
}

function unescape(text) {
  return text.replace(/\\(x[0-9a-fA-F]+|[0-7]{1,3}|.)/g, (_, code) => {
    const plain = { n: '\n', t: '\t', r: '\r', 0: '\0' };
    if (code in plain) return plain[code];
    if (code[0] === 'x') return String.fromCharCode(parseInt(code.slice(1), 16));
    return code;
  });
}

/** Calls whose texts are for whoever runs the service. */
const FOR_OPERATORS = /^(log_\w+|panic|metrics_\w+|err_wrap|strn?(case)?cmp|strspn|fprintf|scan_word|__asm__|http_reply(_file|_header|_buf)?|json_put_\w+|pg_\w+|L[A-Z]+|die|SAID|token_err|link_err)$/;
/** Where err_set() makes sentences for people; elsewhere they go to the log. */
const ERRORS_FOR_PEOPLE = /common\/(web\/json\w*|text\/(csv|xlsx|sheet)\w*|sms\/(msisdn|parts|template\w*|text_pattern|render|smpp_quirks)|model\/client_value)\.c$|crmd\/(pull\w*|reader\w*|fetch|file_rows)\.c$/;
/** Files without a sentence for people. */
const SILENT = /(apid\/(main|openapi|device)|common\/web\/(files|http_(files|headers|server|stream_text))|common\/sms\/(smpp(?!_quirks)\w*|gsm)|common\/store\/pg\w*|common\/model\/(receipt|inbound|message|route|plans|client_merge)|schedulerd\/\w+)\.c$/;
const SQL = /^\s|^, |^\(SELECT\b|^(FETCH|CLOSE|DECLARE)\b|\b[a-z]\.[a-z_]+|^(SELECT|INSERT|UPDATE|DELETE|WITH|COPY|FROM|WHERE|AND|ORDER|SET|LEFT|CASE|WHEN|THEN|ELSE|END|GROUP|LIMIT|ON|IN|OR|UNION|VALUES|RETURNING|BEGIN)\b|::|\$\d|\b(AS|JOIN|BETWEEN|coalesce|unnest|lower|extract)\b|\bIS (%s|NOT|TRUE|NULL)|^NOT \(|^\)? ?END$|^\(?date |^date_part\(|^\(ARRAY\[|\bFROM [a-z]+ |\w = '/;
/** Which argument names a thing; WHAT() marks a name that stands in a table. */
const WORD_AT = { problem_not_found: 1, request_id: 2, WHAT: 0 };
/** From which argument on a call's texts are for people, be they one word or many. */
const PEOPLE_FROM = { problem_set: 3, say: 1, add_house: 4, problem_field: 2, problem_line: 3, problem_conflict: 1, json_in_refuse: 2, refuse: 3, event_refuse: 2, refuse_rows: 3 };

/** The texts of a source that a person may read: { file, line, text, word }. */
export function sentencesOf(file, source) {
  return literals(source)
    .map((found) => ({ ...found, file, call: found.calls[0] ?? '' }))
    .map((found) => ({ ...found, word: WORD_AT[found.call] === found.arg }))
    .filter((found) => found.word || isSentence(found));
}

function isSentence({ file, text, call, calls, arg }) {
  const plain = text.replace(/%[-+ #0-9.*]*(?:ll|[hlzj])?[a-zA-Z]/g, '');
  if (!/[a-zA-Z]/.test(plain) || /^(null|true|false)$|^(Authorization|Accept): /.test(text) || SILENT.test(file)) return false;
  if (call in PEOPLE_FROM) return arg >= PEOPLE_FROM[call];
  if (calls.some((name) => FOR_OPERATORS.test(name))) return false;
  if (call === 'err_set' && !ERRORS_FOR_PEOPLE.test(file)) return false;
  if (/^<[\s\S]*>$/.test(text)) return false; // markup
  return / /.test(plain.trim()) && !SQL.test(text) && !/^[\w-]+\/[\w-]+;|^\w*; \w+[=;]|\r\n$|\n\n$|^event:|: $/.test(text);
}

/** common/web/ru.txt: { sentences, words }, each a Map of English to Russian. */
export function table(text) {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const pairs = { sentences: new Map(), words: new Map() };
  for (let i = 0; i < lines.length; i += 2) {
    const word = lines[i].startsWith('word: ');
    const into = word ? pairs.words : pairs.sentences;
    const english = word ? lines[i].slice('word: '.length) : lines[i];
    if (into.has(english)) throw new Error(`common/web/ru.txt: twice: ${english}`);
    into.set(english, lines[i + 1]);
  }
  return pairs;
}

/** What a format sets in: 's' a text (or %t, a sentence), 'd' a number. */
export function conversions(format) {
  return [...format.matchAll(/%(?:%|[-+ #0-9.*]*(?:ll|[hlzj])?([a-zA-Z]))/g)]
    .filter(([, kind]) => kind !== undefined)
    .map(([, kind]) => ('st'.includes(kind) ? 's' : 'd'));
}
