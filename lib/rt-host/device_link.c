#include "rt-host/device_link.h"

#include "have.h"

#if HAVE_PIPEWIRE
#include "base/json.h"
#include "base/str.h"

#include <pipewire/filter.h>
#include <pipewire/pipewire.h>
#include <pipewire/extensions/metadata.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SINKS 64
#define MAX_PORTS 1024
#define NAME_SIZE 160
#define NOBODY    UINT32_MAX

struct sink {
	uint32_t id;
	int64_t priority;
	char name[NAME_SIZE];
};

struct port {
	uint32_t id, node;
	bool input;
	char channel[16];
};

struct device_link {
	struct pw_filter *filter;
	struct pw_core *core;
	struct pw_registry *registry;
	struct pw_metadata *metadata;
	uint32_t metadata_id;
	struct spa_hook registry_hook, metadata_hook;
	struct sink sinks[MAX_SINKS];
	struct port ports[MAX_PORTS];
	size_t n_sinks, n_ports;
	char wanted[NAME_SIZE]; /* the default sink's name, "" when nobody says */
	struct pw_proxy *links[2];
	uint32_t linked; /* the sink */
};

/* --- choosing ----------------------------------------------------------------------------------------------------- */

static const struct sink *choose(const struct device_link *l)
{
	const struct sink *best = NULL;
	for (size_t i = 0; i < l->n_sinks; i++) {
		const struct sink *s = &l->sinks[i];
		if (l->wanted[0] && strcmp(s->name, l->wanted) == 0)
			return s;
		if (!best || s->priority > best->priority)
			best = s;
	}
	return best;
}

/* The port of a node for a channel; "MONO" stands for any. NOBODY when it is not there (yet). */
static uint32_t find_port(const struct device_link *l, uint32_t node, bool input, const char *channel)
{
	for (size_t i = 0; i < l->n_ports; i++) {
		const struct port *p = &l->ports[i];
		if (p->node == node && p->input == input && (strcmp(p->channel, channel) == 0 || strcmp(p->channel, "MONO") == 0))
			return p->id;
	}
	return NOBODY;
}

static void unlink_all(struct device_link *l)
{
	for (size_t i = 0; i < COUNT_OF(l->links); i++) {
		if (l->links[i])
			pw_proxy_destroy(l->links[i]);
		l->links[i] = NULL;
	}
	l->linked = NOBODY;
}

static struct pw_proxy *make_link(struct device_link *l, uint32_t from_node, uint32_t from, uint32_t to_node, uint32_t to)
{
	struct pw_properties *p = pw_properties_new(NULL, NULL);
	if (!p)
		return NULL;
	(void)pw_properties_setf(p, PW_KEY_LINK_OUTPUT_NODE, "%u", from_node); /* without memory the server refuses the link */
	(void)pw_properties_setf(p, PW_KEY_LINK_OUTPUT_PORT, "%u", from);
	(void)pw_properties_setf(p, PW_KEY_LINK_INPUT_NODE, "%u", to_node);
	(void)pw_properties_setf(p, PW_KEY_LINK_INPUT_PORT, "%u", to);
	struct pw_proxy *link = pw_core_create_object(l->core, "link-factory", PW_TYPE_INTERFACE_Link, PW_VERSION_LINK, &p->dict, 0);
	pw_properties_free(p);
	return link;
}

/* After every change: to the chosen sink, once all ports are known. */
static void relink(struct device_link *l)
{
	static const char *const channels[] = { "FL", "FR" };
	const struct sink *s = choose(l);
	uint32_t us = pw_filter_get_node_id(l->filter), from[2], to[2];
	if (!s || us == NOBODY || s->id == l->linked)
		return;
	for (size_t i = 0; i < COUNT_OF(channels); i++) {
		from[i] = find_port(l, us, false, channels[i]);
		to[i] = find_port(l, s->id, true, channels[i]);
		if (from[i] == NOBODY || to[i] == NOBODY)
			return;
	}
	unlink_all(l);
	for (size_t i = 0; i < COUNT_OF(channels); i++)
		l->links[i] = make_link(l, us, from[i], s->id, to[i]);
	l->linked = s->id;
}

/* --- what the server tells ----------------------------------------------------------------------------------------- */

static const char *text_of(const struct spa_dict *props, const char *key)
{
	const char *s = props ? spa_dict_lookup(props, key) : NULL;
	return s ? s : "";
}

static int64_t number_of(const struct spa_dict *props, const char *key, int64_t otherwise)
{
	int64_t n;
	return str_to_int(text_of(props, key), &n) < 0 ? otherwise : n;
}

static void add_sink(struct device_link *l, uint32_t id, const struct spa_dict *props)
{
	if (l->n_sinks == MAX_SINKS)
		return;
	struct sink *s = &l->sinks[l->n_sinks++];
	s->id = id;
	s->priority = number_of(props, PW_KEY_PRIORITY_SESSION, number_of(props, PW_KEY_PRIORITY_DRIVER, 0));
	(void)str_copy(s->name, sizeof(s->name), text_of(props, PW_KEY_NODE_NAME));
}

static void add_port(struct device_link *l, uint32_t id, const struct spa_dict *props)
{
	if (l->n_ports == MAX_PORTS)
		return;
	struct port *p = &l->ports[l->n_ports++];
	p->id = id;
	p->node = (uint32_t)number_of(props, PW_KEY_NODE_ID, NOBODY);
	p->input = strcmp(text_of(props, PW_KEY_PORT_DIRECTION), "in") == 0;
	(void)str_copy(p->channel, sizeof(p->channel), text_of(props, PW_KEY_AUDIO_CHANNEL));
}

/* The default sink: {"name": "alsa_output.…"} under default.audio.sink. */
static int on_default(void *arg, uint32_t subject, const char *key, const char *type, const char *value)
{
	struct device_link *l = arg;
	AUTO_JSON json_t *doc = NULL;
	if (subject != 0 || (key && strcmp(key, "default.audio.sink") != 0))
		return 0;
	l->wanted[0] = '\0';
	if (key && value && json_parse(value, strlen(value), &doc, NULL) == 0) {
		const char *name = json_string_value(json_object_get(doc, "name"));
		(void)str_copy(l->wanted, sizeof(l->wanted), name ? name : "");
	}
	relink(l);
	return 0;
}

static const struct pw_metadata_events metadata_events = { PW_VERSION_METADATA_EVENTS, .property = on_default };

static void add_metadata(struct device_link *l, uint32_t id)
{
	if (l->metadata)
		return;
	l->metadata = pw_registry_bind(l->registry, id, PW_TYPE_INTERFACE_Metadata, PW_VERSION_METADATA, 0);
	l->metadata_id = id;
	if (l->metadata)
		pw_metadata_add_listener(l->metadata, &l->metadata_hook, &metadata_events, l);
}

static void on_global(void *arg, uint32_t id, uint32_t permissions, const char *type, uint32_t version, const struct spa_dict *props)
{
	struct device_link *l = arg;
	if (strcmp(type, PW_TYPE_INTERFACE_Node) == 0 && strcmp(text_of(props, PW_KEY_MEDIA_CLASS), "Audio/Sink") == 0)
		add_sink(l, id, props);
	else if (strcmp(type, PW_TYPE_INTERFACE_Port) == 0)
		add_port(l, id, props);
	else if (strcmp(type, PW_TYPE_INTERFACE_Metadata) == 0 && strcmp(text_of(props, PW_KEY_METADATA_NAME), "default") == 0)
		add_metadata(l, id);
	else
		return;
	relink(l);
}

static void forget_metadata(struct device_link *l)
{
	if (!l->metadata)
		return;
	spa_hook_remove(&l->metadata_hook);
	pw_proxy_destroy((struct pw_proxy *)l->metadata);
	l->metadata = NULL;
	l->wanted[0] = '\0';
}

static void on_global_remove(void *arg, uint32_t id)
{
	struct device_link *l = arg;
	for (size_t i = 0; i < l->n_ports; i++)
		if (l->ports[i].id == id)
			l->ports[i--] = l->ports[--l->n_ports];
	for (size_t i = 0; i < l->n_sinks; i++)
		if (l->sinks[i].id == id)
			l->sinks[i--] = l->sinks[--l->n_sinks];
	if (l->metadata && l->metadata_id == id)
		forget_metadata(l);
	if (l->linked == id)
		unlink_all(l);
	relink(l);
}

static const struct pw_registry_events registry_events = { PW_VERSION_REGISTRY_EVENTS, .global = on_global,
							   .global_remove = on_global_remove };

struct device_link *device_link_new(struct pw_filter *filter)
{
	const struct pw_properties *props = pw_filter_get_properties(filter, NULL);
	const char *automatic = props ? pw_properties_get(props, PW_KEY_NODE_AUTOCONNECT) : NULL;
	if (automatic && !spa_atob(automatic))
		return NULL;
	AUTO(device_link) l = calloc(1, sizeof(*l));
	if (!l)
		return NULL;
	l->filter = filter;
	l->linked = NOBODY;
	l->core = pw_filter_get_core(filter);
	l->registry = l->core ? pw_core_get_registry(l->core, PW_VERSION_REGISTRY, 0) : NULL;
	if (!l->registry)
		return NULL;
	pw_registry_add_listener(l->registry, &l->registry_hook, &registry_events, l);
	return TAKE(l);
}

void device_link_free(struct device_link *l)
{
	if (!l)
		return;
	unlink_all(l);
	forget_metadata(l);
	if (l->registry) {
		spa_hook_remove(&l->registry_hook);
		pw_proxy_destroy((struct pw_proxy *)l->registry);
	}
	free(l);
}
#else
struct device_link *device_link_new(struct pw_filter *filter)
{
	return NULL;
}

void device_link_free(struct device_link *l)
{
}
#endif
