/*
 * device_link.h - our PipeWire outputs linked to the sink that the user listens to, as a player's are.
 *
 * A session manager links streams, but not filters, which is what we are (an engine that is asked for frames, linked or not):
 * so we do it, and again when another sink becomes the default one or ours goes away.
 *
 * Choice:    the sink that the metadata `default.audio.sink` names; without it, that with the highest priority.
 *            Left goes to FL, right to FR; both to a sink that has one channel.
 * Opting out: PIPEWIRE_PROPS='{ node.autoconnect = false }' leaves linking to the user.
 * Threads:   everything on PipeWire's loop, or with it locked.
 * Errors:    device_link_new gives NULL when memory or the server is out; the engine plays on unlinked.
 */
#ifndef RT_HOST_DEVICE_LINK_H
#define RT_HOST_DEVICE_LINK_H

#include "base/mem.h"

struct device_link;
struct pw_filter;

struct device_link *device_link_new(struct pw_filter *filter);
/* Before the filter is destroyed. */
void device_link_free(struct device_link *l);
AUTO_DEFINE(device_link);

#endif
