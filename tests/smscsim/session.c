/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* session - see sim.h. */
#include "tests/smscsim/sim.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>

#include "common/base/mem.h"

#define OUT_MAX		(16 * 1024 * 1024)
#define CONGESTED_BYTES (1024 * 1024)
#define SINGLE_READ	(128 * 1024)
#define SEQUENCE_MAX	0x7fffffff
#define OUR_NAME	"smscsim"
#define VERSION_34	0x34

/* --- binding -------------------------------------------------------------------------------------
 */

static uint32_t bind_verdict(const struct session *s, const struct smpp_bind *bind)
{
	const struct options *o = &s->sim->options;

	if (s->bound != BOUND_NOT)
		return ESME_RALYBND;
	if (o->bind_status != ESME_ROK)
		return (uint32_t)o->bind_status;
	if (bind->system_id[0] == '\0' ||
	    (o->system_id[0] != '\0' && strcmp(o->system_id, bind->system_id) != 0))
		return ESME_RINVSYSID;
	if (o->password[0] != '\0' && strcmp(o->password, bind->password) != 0)
		return ESME_RINVPASWD;
	return ESME_ROK;
}

static void answer_bind(struct session *s, const struct smpp_header *h)
{
	static const uint8_t tlv[] = {0x02, 0x10, 0x00, 0x01, VERSION_34};
	const struct smpp_resp resp = {.id = OUR_NAME, .tlvs = {tlv, sizeof(tlv)}};

	smpp_put_resp(&s->out, h->command | SMPP_RESP, ESME_ROK, h->sequence, &resp);
}

static void read_bind(struct session *s, const struct smpp_header *h, const uint8_t *body,
		      size_t len)
{
	struct smpp_bind bind;
	uint32_t status;
	struct err err;

	if (smpp_get_bind(body, len, &bind, &status, &err))
		status = bind_verdict(s, &bind);
	if (status != ESME_ROK) {
		smpp_put_empty(&s->out, h->command | SMPP_RESP, status, h->sequence);
		return;
	}
	s->bound = h->command == SMPP_BIND_TRANSMITTER ? BOUND_TX
		   : h->command == SMPP_BIND_RECEIVER  ? BOUND_RX
						       : BOUND_TRX;
	s->client = client_get(s->sim, bind.system_id);
	answer_bind(s, h);
	if (s->bound != BOUND_TX)
		outbox_attach(s);
}

/* --- PDUs ----------------------------------------------------------------------------------------
 */

static void refuse_unknown(struct session *s, const struct smpp_header *h)
{
	if ((h->command & SMPP_RESP) == 0)
		smpp_put_empty(&s->out, SMPP_GENERIC_NACK, ESME_RINVCMDID, h->sequence);
}

static void read_pdu(struct session *s, const struct smpp_header *h, const uint8_t *body)
{
	size_t len = h->length - SMPP_HEADER_SIZE;

	switch (h->command) {
	case SMPP_SUBMIT_SM:
	case SMPP_DATA_SM:
		if (s->bound == BOUND_TX || s->bound == BOUND_TRX)
			submit_read(s, h, body, len);
		else
			smpp_put_empty(&s->out, h->command | SMPP_RESP, ESME_RINVBNDSTS,
				       h->sequence);
		break;
	case SMPP_DELIVER_SM | SMPP_RESP:
	case SMPP_GENERIC_NACK:
		outbox_acknowledged(s, h->sequence, h->status);
		break;
	case SMPP_BIND_RECEIVER:
	case SMPP_BIND_TRANSMITTER:
	case SMPP_BIND_TRANSCEIVER:
		read_bind(s, h, body, len);
		break;
	case SMPP_ENQUIRE_LINK:
		smpp_put_empty(&s->out, h->command | SMPP_RESP, ESME_ROK, h->sequence);
		break;
	case SMPP_UNBIND:
		smpp_put_empty(&s->out, h->command | SMPP_RESP, ESME_ROK, h->sequence);
		s->ending = ENDING_DRAINED;
		break;
	case SMPP_UNBIND | SMPP_RESP:
		s->ending = ENDING_DRAINED;
		break;
	default:
		refuse_unknown(s, h);
	}
}

/* Read what is whole; returns how many octets that was. */
static size_t read_pdus(struct session *s, const uint8_t *data, size_t len)
{
	struct smpp_header h;
	size_t used = 0;

	while (s->ending == ENDING_NOT) {
		enum smpp_head_result result = smpp_head(data + used, len - used, &h);

		if (result == SMPP_HEAD_BAD) {
			smpp_put_empty(&s->out, SMPP_GENERIC_NACK, ESME_RINVCMDLEN, h.sequence);
			s->sim->stats.malformed++;
			s->ending = ENDING_DRAINED;
			break;
		}
		if (result == SMPP_HEAD_MORE || h.length > len - used)
			break;
		read_pdu(s, &h, data + used + SMPP_HEADER_SIZE);
		used += h.length;
	}
	return used;
}

/* --- life ----------------------------------------------------------------------------------------
 */

static size_t unwritten(const struct session *s)
{
	return evbuffer_get_length(bufferevent_get_output(s->bev));
}

bool session_congested(const struct session *s)
{
	return s->out.len + unwritten(s) > CONGESTED_BYTES;
}

void session_flush(struct session *s)
{
	if (s->out.len > 0)
		bufferevent_write(s->bev, s->out.data, s->out.len);
	buf_reset(&s->out);
}

/* The end of every callback of a session: write, then live on or not. */
static void settle(struct session *s)
{
	session_flush(s);
	if (s->ending == ENDING_NOW || (s->ending == ENDING_DRAINED && unwritten(s) == 0)) {
		session_free(s);
		return;
	}
	if (s->ending != ENDING_NOT || session_congested(s))
		bufferevent_disable(s->bev, EV_READ);
	else
		bufferevent_enable(s->bev, EV_READ);
}

static void on_read(struct bufferevent *bev, void *arg)
{
	struct session *s = arg;
	struct evbuffer *input = bufferevent_get_input(bev);
	size_t len = evbuffer_get_length(input);

	sim_clock(s->sim);
	if (s->sim->options.silent)
		evbuffer_drain(input, len);
	else if (len > 0)
		evbuffer_drain(input, read_pdus(s, evbuffer_pullup(input, -1), len));
	if (s->client != NULL)
		outbox_deliver(s->sim, s->client);
	settle(s);
}

static void on_written(struct bufferevent *bev, void *arg)
{
	struct session *s = arg;

	(void)bev;
	sim_clock(s->sim);
	if (s->client != NULL)
		outbox_deliver(s->sim, s->client);
	settle(s);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct session *s = arg;

	(void)bev;
	if ((what & (BEV_EVENT_EOF | BEV_EVENT_ERROR | BEV_EVENT_TIMEOUT)) == 0)
		return;
	sim_clock(s->sim);
	session_free(s);
}

static struct bufferevent *wrap(struct sim *sim, evutil_socket_t fd)
{
	const int options = BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS;
	struct bufferevent *bev;
	SSL *ssl;

	if (sim->tls == NULL)
		return bufferevent_socket_new(sim->base, fd, options);
	ssl = SSL_new(sim->tls);
	bev = bufferevent_openssl_socket_new(sim->base, fd, ssl, BUFFEREVENT_SSL_ACCEPTING,
					     options);
	bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
	return bev;
}

void session_accept(struct sim *sim, evutil_socket_t fd)
{
	struct session *s;
	unsigned slot = 0;
	int on = 1;

	while (slot < SESSIONS_MAX && sim->sessions[slot] != NULL)
		slot++;
	if (slot == SESSIONS_MAX) {
		evutil_closesocket(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	s = mem_calloc(1, sizeof(*s));
	s->sim = sim;
	s->slot = slot;
	s->number = ++sim->last_session;
	buf_init(&s->out, OUT_MAX);
	s->bev = wrap(sim, fd);
	bufferevent_set_max_single_read(s->bev, SINGLE_READ);
	bufferevent_setcb(s->bev, on_read, on_written, on_event, s);
	bufferevent_enable(s->bev, EV_READ | EV_WRITE);
	sim->sessions[slot] = s;
	sim->session_count++;
}

void session_free(struct session *s)
{
	s->sim->sessions[s->slot] = NULL;
	s->sim->session_count--;
	outbox_detach(s);
	bufferevent_free(s->bev);
	buf_deinit(&s->out);
	mem_free(s);
}

uint32_t session_next_sequence(struct session *s)
{
	s->sequence = s->sequence == SEQUENCE_MAX ? 1 : s->sequence + 1;
	return s->sequence;
}

struct session *session_at(struct sim *sim, unsigned slot, uint32_t number)
{
	struct session *s = sim->sessions[slot];

	return s != NULL && s->number == number ? s : NULL;
}
