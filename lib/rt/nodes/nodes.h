/*
 * nodes.h - the node classes of nodes.def.
 */
#ifndef RT_NODES_NODES_H
#define RT_NODES_NODES_H

#include "rt/node.h"

#define NODE(name) extern const struct node_class name##_class;
#include "rt/nodes.def"
#undef NODE

#endif
