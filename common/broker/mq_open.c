/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* mq_open - how an AMQP connection begins and ends.
 *
 * We announce connection.blocked, consumer_cancel_notify and authentication_failure_close, so the
 * broker tells of alarms, of deleted queues and of a wrong password instead of going silent. */
#include "common/broker/mq_conn.h"

#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"

#define CHANNELS_MAX	 2047
#define FRAME_MAX_LEAST	 4096 /* AMQP 0-9-1 allows no smaller frames */
#define CAPABILITIES	 5
#define CREDENTIALS_SIZE 2048

static amqp_table_entry_t text_entry(const char *key, const char *value)
{
	amqp_table_entry_t e = {.key = mq_bytes(key)};

	e.value.kind = AMQP_FIELD_KIND_UTF8;
	e.value.value.bytes = mq_bytes(value);
	return e;
}

static amqp_table_entry_t true_entry(const char *key)
{
	amqp_table_entry_t e = {.key = mq_bytes(key)};

	e.value.kind = AMQP_FIELD_KIND_BOOLEAN;
	e.value.value.boolean = 1;
	return e;
}

static amqp_table_entry_t table_entry(const char *key, amqp_table_entry_t *entries, int count)
{
	amqp_table_entry_t e = {.key = mq_bytes(key)};

	e.value.kind = AMQP_FIELD_KIND_TABLE;
	e.value.value.table.entries = entries;
	e.value.value.table.num_entries = count;
	return e;
}

static bool start(struct mq_conn *c, uint64_t deadline_ms, struct err *err)
{
	const amqp_connection_start_t *hello;

	if (!buf_add(&c->wire.out, "AMQP\0\0\x09\x01", 8) ||
	    !mq_conn_call(c, 0, 0, NULL, AMQP_CONNECTION_START_METHOD, deadline_ms, err))
		return false;
	hello = c->call.fields;
	if (hello->version_major != 0 || hello->version_minor != 9)
		return mq_conn_lose(c, ERR_LOST, "it speaks no AMQP 0-9-1", err);
	if (memmem(hello->mechanisms.bytes, hello->mechanisms.len, "PLAIN", 5) == NULL)
		return mq_conn_lose(c, ERR_LOST, "it offers no PLAIN authentication", err);
	return true;
}

/* Answers with connection.tune in c->call.fields. */
static bool log_in(struct mq_conn *c, uint64_t deadline_ms, struct err *err)
{
	amqp_table_entry_t capabilities[CAPABILITIES] = {
		true_entry("connection.blocked"),
		true_entry("consumer_cancel_notify"),
		true_entry("authentication_failure_close"),
		true_entry("publisher_confirms"),
		true_entry("basic.nack"),
	};
	amqp_table_entry_t properties[3] = {
		text_entry("product", "Vestnik"),
		text_entry("connection_name", c->link->name),
		table_entry("capabilities", capabilities, CAPABILITIES),
	};
	const struct mq_address *a = &c->link->address;
	char credentials[CREDENTIALS_SIZE + 8];
	amqp_connection_start_ok_t ok = {
		.client_properties = {.num_entries = 3, .entries = properties},
		.mechanism = mq_bytes("PLAIN"),
		.locale = mq_bytes("en_US"),
	};
	bool answered;

	ok.response.bytes = credentials;
	ok.response.len = (size_t)snprintf(credentials, sizeof(credentials), "%c%s%c%s", 0, a->user,
					   0, a->password);
	answered = mq_conn_call(c, 0, AMQP_CONNECTION_START_OK_METHOD, &ok,
				AMQP_CONNECTION_TUNE_METHOD, deadline_ms, err);
	explicit_bzero(credentials, sizeof(credentials));
	return answered;
}

/* What both sides can live with; 0 from the broker means no limit. */
static uint32_t agree(uint32_t theirs, uint32_t ours)
{
	return theirs != 0 && theirs < ours ? theirs : ours;
}

static bool tune(struct mq_conn *c, struct err *err)
{
	const amqp_connection_tune_t *offer = c->call.fields;
	uint32_t heartbeat_s = (uint32_t)(c->link->heartbeat_ms / 1000);
	amqp_connection_tune_ok_t ok = {
		.channel_max = (uint16_t)agree(offer->channel_max, CHANNELS_MAX),
		.frame_max = agree(offer->frame_max, MQ_FRAME_MAX),
		.heartbeat = (uint16_t)agree(offer->heartbeat, heartbeat_s > 0 ? heartbeat_s : 1),
	};

	if (ok.frame_max < FRAME_MAX_LEAST)
		return mq_conn_lose(c, ERR_LOST, "it allows frames of less than 4096 bytes", err);
	if (!mq_conn_send(c, 0, AMQP_CONNECTION_TUNE_OK_METHOD, &ok, err))
		return false;
	c->wire.frame_max = ok.frame_max;
	c->heartbeat_ms = ok.heartbeat * 1000u;
	return true;
}

static bool open_vhost(struct mq_conn *c, uint64_t deadline_ms, struct err *err)
{
	amqp_connection_open_t open = {.virtual_host = mq_bytes(c->link->address.vhost)};

	return mq_conn_call(c, 0, AMQP_CONNECTION_OPEN_METHOD, &open,
			    AMQP_CONNECTION_OPEN_OK_METHOD, deadline_ms, err);
}

bool mq_conn_open(struct mq_conn *c, uint64_t deadline_ms, int wake_fd, struct err *err)
{
	bool ok;

	mq_conn_drop(c);
	if (!mq_wire_connect(&c->wire, &c->link->address, deadline_ms, wake_fd, err))
		return mq_conn_fail(c, err);
	c->state = MQ_CONN_OPEN;
	c->heartbeat_ms = 0;
	c->wake_fd = wake_fd;
	ok = start(c, deadline_ms, err) && log_in(c, deadline_ms, err) && tune(c, err) &&
	     open_vhost(c, deadline_ms, err);
	c->wake_fd = -1;
	return ok;
}

bool mq_conn_channel(struct mq_conn *c, uint16_t channel, uint64_t deadline_ms, struct err *err)
{
	amqp_channel_open_t open = {0};

	return mq_conn_call(c, channel, AMQP_CHANNEL_OPEN_METHOD, &open,
			    AMQP_CHANNEL_OPEN_OK_METHOD, deadline_ms, err);
}

void mq_conn_close(struct mq_conn *c, uint64_t deadline_ms)
{
	amqp_connection_close_t close = {.reply_code = AMQP_REPLY_SUCCESS,
					 .reply_text = mq_bytes("closing")};
	struct err ignored;

	if (c->state == MQ_CONN_OPEN)
		(void)mq_conn_call(c, 0, AMQP_CONNECTION_CLOSE_METHOD, &close,
				   AMQP_CONNECTION_CLOSE_OK_METHOD, deadline_ms, &ignored);
	mq_conn_drop(c);
}
