/*
 * songs.h - a small schema for tests of queries: songs and their parts, with an edge of each kind that @recurse tells apart.
 */
#ifndef TESTS_TRUSTFALL_SONGS_H
#define TESTS_TRUSTFALL_SONGS_H

#define SONGS_SCHEMA \
	"schema { query: Begin }\n" \
	"directive @filter(op: String!, value: [String!]) repeatable on FIELD | INLINE_FRAGMENT\n" \
	"directive @tag(name: String) repeatable on FIELD\n" \
	"directive @output(name: String) repeatable on FIELD\n" \
	"directive @optional on FIELD\n" \
	"directive @recurse(depth: Int!) on FIELD\n" \
	"directive @fold on FIELD\n" \
	"directive @transform(op: String!) repeatable on FIELD\n" \
	"type Begin {\n" \
	"  Song(tempo: Int! = 120, longest: Float, names: [String!]): [Song!]\n" \
	"  Part(key: String!): Part\n" \
	"  Thing: [Thing!]!\n" \
	"}\n" \
	"interface Thing { name: String near: [Thing!] heard: [Song!] }\n" \
	"interface Sounding implements Thing { name: String loud: Float near: [Thing!] heard: [Song!] next(far: Int): Thing }\n" \
	"type Song implements Sounding & Thing {\n" \
	"  name: String! loud: Float near: [Thing!] heard: [Song!] next(far: Int): Thing\n" \
	"  id: ID bars: Int! plays: Int tags: [String!] grid: [[Int]!] live: Boolean! maybe: Boolean\n" \
	"  parts(from: Int, to: Int! = 8): [Part!]!\n" \
	"}\n" \
	"type Part implements Sounding & Thing {\n" \
	"  name: String loud: Float! near: [Sounding!] heard: [Song!] next(far: Int): Thing key: String song: Song!\n" \
	"}\n" \
	"type Silence implements Thing { name: String near: [Thing!] heard: [Song!] }\n" \
	"type Lyric { line: String }\n"

#endif
