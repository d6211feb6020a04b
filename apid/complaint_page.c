/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* complaint_page - see complaint_page.h. */
#include "apid/complaint_page.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#define SAID_BYTES_MAX 4096
#define DEPTH_MAX      6

/* How members of the JSON are called; one that is not here is shown as it is. */
static const struct word {
	const char *code, *english;
} names[] = {
	{"account", "Sent through the account"},
	{"after_hours", "What the permitted hours leave no time for"},
	{"answer", "What was answered"},
	{"answered_at", "Answered at"},
	{"assignee", "Who works on it"},
	{"at", "When"},
	{"attempt", "Attempt"},
	{"audience", "Recipients of the campaign"},
	{"basis", "On what an import says that its people agreed"},
	{"campaign", "Campaign"},
	{"campaign_id", "Id of the campaign"},
	{"campaign_name", "Campaign"},
	{"campaign_text", "Text of the campaign"},
	{"campaign_variants", "Further texts of the campaign, and what share each got"},
	{"cap_exempt", "Why the campaign may go beyond the limits"},
	{"category", "Category"},
	{"changed_at", "Changed at"},
	{"channel", "Channel"},
	{"checked_at", "Stops and consents were checked at"},
	{"claim", "What was claimed"},
	{"class", "Class"},
	{"client_id", "Id of the client"},
	{"closed_at", "Closed at"},
	{"code_attempts", "Tries of the code"},
	{"code_confirmed_at", "The code was entered at"},
	{"code_message_id", "Message with the code"},
	{"code_sent_at", "A code was sent at"},
	{"consent_at", "The consent was given at"},
	{"consent_expires_at", "The consent is valid until"},
	{"consent_id", "Consent it was sent on"},
	{"consent_required", "A consent is needed"},
	{"consent_text", "What was agreed to, word by word"},
	{"consent_was_valid", "The consent was valid when the message left"},
	{"created_at", "Made at"},
	{"created_by", "Made by"},
	{"deadline", "Deadline"},
	{"deadline_reason", "Why the deadline is another"},
	{"done_at", "By the operator's clock"},
	{"encoding", "Encoding"},
	{"entered_by", "Entered by"},
	{"entered_by_name", "Who that is"},
	{"erased", "The person was erased"},
	{"error", "The operator's code"},
	{"event", "What happened"},
	{"expires_at", "Valid until"},
	{"file", "File in this pack"},
	{"form", "Form or page"},
	{"history", "History"},
	{"hours_from", "Permitted hours from"},
	{"hours_until", "Permitted hours until"},
	{"id", "Id"},
	{"identity", "How it was made sure who the person is"},
	{"kind", "Kind"},
	{"last_withdrawn_at", "Last withdrawal or stop"},
	{"launched_at", "Launched at"},
	{"launched_by", "Launched by"},
	{"legal_basis", "Legal basis"},
	{"list", "List of recipients"},
	{"list_by_criteria", "The list follows from criteria"},
	{"list_criteria", "Criteria of the list"},
	{"message_id", "Id of the message"},
	{"message_ids", "Messages it is about"},
	{"name", "Name"},
	{"occurrence", "Which run of the campaign"},
	{"origin", "Address, device or scan"},
	{"overdue", "Overdue"},
	{"part", "Part"},
	{"parts", "Parts"},
	{"parts_delivered", "Parts delivered"},
	{"parts_failed", "Parts not delivered"},
	{"phone", "Phone number"},
	{"price", "Price"},
	{"proof_at", "The proof was stored at"},
	{"proof_entered_by", "The proof was stored by"},
	{"proof_id", "Id of the proof"},
	{"proof_sha256", "SHA-256 of the proof"},
	{"proof_type", "Kind of the proof"},
	{"provider_id", "The operator's id"},
	{"published_at", "The text was published at"},
	{"published_by", "The text was published by"},
	{"purpose", "Purpose"},
	{"purpose_name", "Name of the purpose"},
	{"reason", "Reason"},
	{"receipt", "Receipt of the operator"},
	{"received_at", "Received at"},
	{"recorded_at", "Recorded at"},
	{"reference", "Number of the letter"},
	{"reply_at", "The reply came at"},
	{"reply_text", "Text of the reply"},
	{"result", "Result"},
	{"rule", "Rule"},
	{"run_id", "Id of the run"},
	{"scope", "What was stopped"},
	{"sender", "Sender"},
	{"snapshot_at", "Recipients were settled at"},
	{"source", "Where it came from"},
	{"spelling", "How the text is spelled"},
	{"start_at", "Start wanted at"},
	{"state", "State"},
	{"status", "Status"},
	{"subject", "Of what or whom"},
	{"submitted_at", "Handed to the operator at"},
	{"template_id", "Id of the template"},
	{"template_version", "Version of the template"},
	{"text", "Text"},
	{"text_sha256", "SHA-256 of the text"},
	{"text_version", "Version of the text"},
	{"time_zones", "Time zones of the client"},
	{"to", "Sent to"},
	{"value", "Value"},
};

/* The values of some of them; what people wrote is shown as they wrote it, even where it looks like
 * a code. */
static const char *const coded[] = {"category", "class", "event", "kind",  "receipt",
				    "result",	"scope", "state", "status"};

static const struct word codes[] = {
	{"accepted", "taken by the operator"},
	{"advertising", "advertising messages"},
	{"alert", "an alarm"},
	{"all", "of all messages"},
	{"answered", "it is answered"},
	{"authorisation", "codes to sign in with"},
	{"cancelled", "stopped before it left"},
	{"claimed", "being handed to the operator"},
	{"closed", "it is closed"},
	{"created", "it was made"},
	{"debt", "about a debt"},
	{"delivered", "it was delivered"},
	{"emergency", "about an emergency"},
	{"expired", "not delivered in time"},
	{"failed", "could not be sent"},
	{"given", "consent given"},
	{"in_doubt", "no answer came: in doubt"},
	{"justified", "it was justified"},
	{"open", "it is open"},
	{"partly", "justified in part"},
	{"pending", "waits for proof"},
	{"queued", "waits to be sent"},
	{"receipt", "receipt of the operator"},
	{"refused", "refused by the operator"},
	{"rejected", "it was rejected"},
	{"reply", "stop word of the client"},
	{"retry_due", "to be sent again"},
	{"service", "service messages"},
	{"stop", "a stop"},
	{"suppressed", "left out"},
	{"transactional", "about a transaction"},
	{"undelivered", "not delivered"},
	{"unjustified", "not justified"},
	{"unknown", "fate not known"},
	{"withdrawn", "it was withdrawn"},
};

static void put_escaped(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++)
		switch (*text) {
		case '<':
			buf_add_str(out, "&lt;");
			break;
		case '>':
			buf_add_str(out, "&gt;");
			break;
		case '&':
			buf_add_str(out, "&amp;");
			break;
		case '"':
			buf_add_str(out, "&quot;");
			break;
		default:
			buf_add_char(out, *text);
		}
}

static void put_said(struct buf *out, enum lang lang, const char *english)
{
	struct buf said;

	buf_init(&said, SAID_BYTES_MAX);
	lang_say(lang, english, &said);
	put_escaped(out, buf_str(&said));
	buf_deinit(&said);
}

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static bool is_coded(const char *name)
{
	for (size_t i = 0; name != NULL && i < COUNT(coded); i++)
		if (strcmp(coded[i], name) == 0)
			return true;
	return false;
}

/* The word for a code in a table; the code itself where it has none. */
static void put_word(struct buf *out, enum lang lang, const struct word *table, size_t count,
		     const char *code)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(table[i].code, code) == 0) {
			put_said(out, lang, table[i].english);
			return;
		}
	put_escaped(out, code);
}

static void put_value(struct buf *out, enum lang lang, const char *name, const cJSON *value,
		      int depth);

static void put_members(struct buf *out, enum lang lang, const cJSON *object, int depth)
{
	const cJSON *member;

	buf_add_str(out, "<dl>");
	cJSON_ArrayForEach(member, object)
	{
		if (cJSON_IsNull(member) ||
		    (cJSON_IsArray(member) && cJSON_GetArraySize(member) == 0))
			continue;
		buf_add_str(out, "<dt>");
		put_word(out, lang, names, COUNT(names), member->string);
		buf_add_str(out, "</dt><dd>");
		put_value(out, lang, member->string, member, depth + 1);
		buf_add_str(out, "</dd>\n");
	}
	buf_add_str(out, "</dl>\n");
}

static void put_items(struct buf *out, enum lang lang, const cJSON *array, int depth)
{
	const cJSON *item;

	buf_add_str(out, "<ol>");
	cJSON_ArrayForEach(item, array)
	{
		buf_add_str(out, "<li>");
		put_value(out, lang, NULL, item, depth + 1);
		buf_add_str(out, "</li>\n");
	}
	buf_add_str(out, "</ol>\n");
}

/* What is nested deeper than a pack nests is shown as JSON. */
static void put_value(struct buf *out, enum lang lang, const char *name, const cJSON *value,
		      int depth)
{
	char *text;

	if (cJSON_IsString(value)) {
		put_word(out, lang, codes, is_coded(name) ? COUNT(codes) : 0, value->valuestring);
	} else if (cJSON_IsBool(value)) {
		put_said(out, lang, cJSON_IsTrue(value) ? "it is so" : "it is not so");
	} else if (cJSON_IsArray(value) && depth < DEPTH_MAX) {
		put_items(out, lang, value, depth);
	} else if (cJSON_IsObject(value) && depth < DEPTH_MAX) {
		put_members(out, lang, value, depth);
	} else {
		text = cJSON_PrintUnformatted(value);
		put_escaped(out, text != NULL ? text : "");
		cJSON_free(text);
	}
}

void proof_page_head(struct buf *out)
{
	buf_add_str(out, "<!doctype html><html "
			 "lang=\"ru\"><meta\ncharset=\"utf-8\"><meta\nname=\"viewport\"\ncontent="
			 "\"width=device-width\"><title>");
	put_said(out, LANG_RU, "Proof for a complaint");
	buf_add_str(out,
		    "</title><style>body{font:16px/1.5 sans-serif;max-width:60em;"
		    "margin:2em auto;padding:0 1em}dl{display:grid;"
		    "grid-template-columns:minmax(0,1fr) minmax(0,2fr);gap:.2em 1em;margin:0 0 1em}"
		    "dt{color:#555;overflow-wrap:anywhere}dd{margin:0;overflow-wrap:anywhere;white-"
		    "space:pre-wrap}"
		    "dd dl,dd ol{white-space:normal}ol{margin:0;padding-left:1.5em}"
		    "h2{margin:2em 0 .5em}</style>");
}

void proof_page_begin(struct buf *out, enum lang lang, int64_t complaint_id)
{
	buf_printf(out, "<section lang=\"%s\"><h1>", lang == LANG_RU ? "ru" : "en");
	put_said(out, lang, "Proof for a complaint");
	buf_printf(out, " %lld</h1>\n<p>", (long long)complaint_id);
	put_said(out, lang,
		 "Times are UTC. The same stands in the files beside this page, octet by octet as "
		 "the manifest names them; `vestnik verify-pack` tells whether any was changed.");
	buf_add_str(out, "</p>\n");
}

void proof_page_section(struct buf *out, enum lang lang, const char *title, const char *file,
			const struct cJSON *doc)
{
	buf_add_str(out, "<h2>");
	put_said(out, lang, title);
	buf_add_str(out, "</h2>\n<p><a\nhref=\"");
	put_escaped(out, file);
	buf_add_str(out, "\">");
	put_escaped(out, file);
	buf_add_str(out, "</a></p>\n");
	if (cJSON_IsArray(doc) && cJSON_GetArraySize(doc) == 0) {
		buf_add_str(out, "<p>");
		put_said(out, lang, "There is nothing here");
		buf_add_str(out, "</p>\n");
		return;
	}
	put_value(out, lang, NULL, doc, 0);
}

void proof_page_end(struct buf *out)
{
	buf_add_str(out, "</section>\n");
}
