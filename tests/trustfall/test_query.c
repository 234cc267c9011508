#include "trustfall/query.h"

#include "../check.h"
#include "../starve.h"
#include "songs.h"

#include <errno.h>
#include <string.h>

#include "base/limits.h"
#include "trustfall/plan_priv.h"

static struct tf_schema *songs(void)
{
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	struct tf_schema *s = NULL;
	if (tf_schema_parse(SONGS_SCHEMA, strlen(SONGS_SCHEMA), &s, &errors) < 0)
		fail_msg("%s: %s", errors.v[0].kind, errors.v[0].message);
	return s;
}

static struct tf_query *good(const struct tf_schema *s, const char *text)
{
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	struct tf_query *q = NULL;
	if (tf_query_compile(s, text, strlen(text), &q, &errors) < 0)
		fail_msg("%s: %s\n%s", errors.v[0].kind, errors.v[0].message, text);
	return q;
}

/* "Kind [args] line:column; …" */
static char *errors_text(const struct tf_errors *errors)
{
	AUTO_STRBUF b = STRBUF_INIT;
	for (size_t i = 0; i < errors->n; i++) {
		const struct tf_error *e = &errors->v[i];
		AUTO_MEM char *args = e->args ? json_text(e->args, JSON_OUT_COMPACT) : NULL;
		assert_int_equal(strbuf_addf(&b, "%s%s %s %u:%u", i ? "; " : "", e->kind, args ? args : "-", e->pos.line, e->pos.column),
				 0);
	}
	return strbuf_take(&b);
}

/* ---- what is wrong ---- */

static const struct {
	const char *query, *errors;
} mistakes[] = {
	/* a query has one starting point */
	{"{ Song { name @output } Part(key: \"c\") { name @output } }",
	 "MultipleQueryRoots [] 1:25"},
	{"query A { Song { name @output } } query B { Song { name @output } }",
	 "MultipleOperationsInDocument [] 1:35"},
	{"{ Song { name @output } } { Song { name @output } }",
	 "InvalidGraphQL [] 1:27"},
	{"query A { Song { name @output } } { Song { name @output } }",
	 "InvalidGraphQL [] 1:35"},
	{"query A { Song { name @output } } query A { Song { name @output } }",
	 "InvalidGraphQL [] 1:35"},
	{"mutation { Song { name @output } }",
	 "DocumentNotAQuery [] 1:1"},
	{"subscription { Song { name @output } }",
	 "DocumentNotAQuery [] 1:1"},
	{"query Q($a: Int) { Song { name @output } }",
	 "VariableDefinitionInQuery [] 1:9"},
	{"query @fold { Song { name @output } }",
	 "DirectiveNotInsideQueryRoot [\"fold\"] 1:7"},
	{"{ Song @optional { name @output } }",
	 "DirectiveNotInsideQueryRoot [\"optional\"] 1:8"},
	{"{ ... on Song { name } }",
	 "UnsupportedQueryRoot [\"an inline fragment\"] 1:3"},
	{"{ ...all }",
	 "UnsupportedQueryRoot [\"a fragment spread\"] 1:3"},
	{"fragment all on Song { name } query { Song { name @output } }",
	 "DocumentContainsNonInlineFragments [] 1:1"},
	{"{ Song { ...all } }",
	 "UnsupportedSyntax [\"fragment spread\"] 1:10"},
	{"{ Song { name @output ... on Thing { name } } }",
	 "TypeCoercionWithSiblingFields [] 1:23"},
	{"{ Thing { ... on Song { ... on Part { name } } } }",
	 "NestedTypeCoercion [] 1:25"},
	{"{ Thing { ... on Song @fold { name @output } } }",
	 "UnsupportedDirectivePosition [\"@fold\",\"this directive cannot be applied to a type coercion\"] 1:23"},
	{"{ Song(tempo: $a) { name @output } }",
	 "InvalidFieldArgument [\"Song\",\"tempo\",\"$a\"] 1:15"},
	{"{ Song(names: [\"a\", {b: [C, null, 1.5]}]) { name @output } }",
	 "InvalidFieldArgument [\"Song\",\"names\",[\"a\",{\"b\":[\"C\",null,1.5]}]] 1:15"},
	{"{ Song(tempo: 1, tempo: 2) { name @output } }",
	 "DuplicatedEdgeParameter [\"tempo\",\"Song\"] 1:25"},
	{"type Song { name: String }",
	 "InvalidGraphQL - 1:1"},
	/* directives and their arguments */
	{"{ Song { name @outptu } }",
	 "UnrecognizedDirective [\"outptu\"] 1:15"},
	{"{ Song { name @output(nam: \"a\") } }",
	 "UnrecognizedDirectiveArgument [\"@output\",\"nam\"] 1:23"},
	{"{ Song { name @output(name: \"a\", name: \"b\") } }",
	 "DuplicatedDirectiveArgument [\"@output\",\"name\"] 1:34"},
	{"{ Song { name @output(name: 3) } }",
	 "InappropriateTypeForDirectiveArgument [\"@output\",\"name\"] 1:29"},
	{"{ Song { name @output(name: \"\") } }",
	 "InvalidOutputName [\"\",[]] 1:29"},
	{"{ Song { name @output(name: \"häh ä-\") } }",
	 "InvalidOutputName [\"häh ä-\",[\"ä\",\" \",\"-\"]] 1:29"},
	{"{ Song { name @output(name: \"a\\u0000b\") } }",
	 "InvalidGraphQL - 1:33"},
	{"{ Song { name @tag(name: 1.5) } }",
	 "InappropriateTypeForDirectiveArgument [\"@tag\",\"name\"] 1:26"},
	{"{ Song { name @tag(what: \"x\") } }",
	 "UnrecognizedDirectiveArgument [\"@tag\",\"what\"] 1:20"},
	{"{ Song { name @tag(name: \"a b\") } }",
	 "InvalidTagName [\"a b\",[\" \"]] 1:26"},
	{"{ Song { name @tag(name: \"a\", name: \"a\") } }",
	 "DuplicatedDirectiveArgument [\"@tag\",\"name\"] 1:31"},
	{"{ Song { parts @optional(x: 1) } }",
	 "UnrecognizedDirectiveArgument [\"@optional\",\"x\"] 1:26"},
	{"{ Song { parts @fold(by: \"name\") } }",
	 "UnrecognizedDirectiveArgument [\"@fold\",\"by\"] 1:22"},
	{"{ Song { near @recurse { name @output } } }",
	 "MissingRequiredDirectiveArgument [\"@recurse\",\"depth\"] 1:15"},
	{"{ Song { near @recurse(deep: 2) { name @output } } }",
	 "UnrecognizedDirectiveArgument [\"@recurse\",\"deep\"] 1:24"},
	{"{ Song { near @recurse(depth: 0) { name @output } } }",
	 "InappropriateTypeForDirectiveArgument [\"@recurse\",\"depth\"] 1:31"},
	{"{ Song { near @recurse(depth: -1) { name @output } } }",
	 "InappropriateTypeForDirectiveArgument [\"@recurse\",\"depth\"] 1:31"},
	{"{ Song { near @recurse(depth: 1.0) { name @output } } }",
	 "InappropriateTypeForDirectiveArgument [\"@recurse\",\"depth\"] 1:31"},
	{"{ Song { near @recurse(depth: \"1\") { name @output } } }",
	 "InappropriateTypeForDirectiveArgument [\"@recurse\",\"depth\"] 1:31"},
	{"{ Song { near @recurse(depth: 1, depth: 2) { name @output } } }",
	 "DuplicatedDirectiveArgument [\"@recurse\",\"depth\"] 1:34"},
	{"{ Song { near @fold @transform { name @output } } }",
	 "MissingRequiredDirectiveArgument [\"@transform\",\"op\"] 1:21"},
	{"{ Song { near @fold @transform(op: 3) { name @output } } }",
	 "InappropriateTypeForDirectiveArgument [\"@transform\",\"op\"] 1:36"},
	{"{ Song { near @fold @transform(op: \"sum\") { name @output } } }",
	 "UnsupportedTransformOperator [\"sum\"] 1:36"},
	{"{ Song { near @fold @transform(op: \"count\", value: [\"$a\"]) { name @output } } }",
	 "UnrecognizedDirectiveArgument [\"@transform\",\"value\"] 1:45"},
	{"{ Song { near @fold @transform(op: \"count\", op: \"count\") { name @output } } }",
	 "DuplicatedDirectiveArgument [\"@transform\",\"op\"] 1:45"},
	/* where directives stand */
	{"{ Song { near @recurse(depth: 1) @recurse(depth: 2) { name @output } } }",
	 "UnsupportedDuplicatedDirective [\"@recurse\"] 1:34"},
	{"{ Song { near @optional @optional { name @output } } }",
	 "UnsupportedDuplicatedDirective [\"@optional\"] 1:25"},
	{"{ Song { near @fold @fold { name @output } } }",
	 "UnsupportedDuplicatedDirective [\"@fold\"] 1:21"},
	{"{ Song { near @fold @optional { name @output } } }",
	 "UnsupportedDirectivePosition [\"@optional\",\"this directive cannot appear after a @fold directive\"] 1:21"},
	{"{ Song { near @fold @recurse(depth: 2) { name @output } } }",
	 "UnsupportedDirectivePosition [\"@recurse\",\"this directive cannot appear after a @fold directive\"] 1:21"},
	{"{ Song { near @fold @filter(op: \"=\", value: [\"$a\"]) { name @output } } }",
	 "UnsupportedDirectivePosition [\"@filter\",\"this directive cannot appear after a @fold directive\"] 1:21"},
	{"{ Song { near @fold @tag { name @output } } }",
	 "UnsupportedDirectivePosition [\"@tag\",\"this directive cannot appear after a @fold directive\"] 1:21"},
	{"{ Song { near @transform(op: \"count\") @output { name @output } } }",
	 "OtherError [\"@transform applied to non-folded edge field\"] 1:15"},
	{"{ Song { near @transform(op: \"count\") @fold { name @output } } }",
	 "OtherError [\"@transform applied to non-folded edge field\"] 1:15"},
	{"{ Song { bars @transform(op: \"count\") @output } }",
	 "OtherError [\"@transform applied to non-folded edge field\"] 1:15"},
	{"{ Song { near @fold @transform(op: \"count\") @fold { name @output } } }",
	 "UnsupportedDirectivePosition [\"@fold\",\"this directive cannot appear after a @transform directive\"] 1:45"},
	{"{ Song { near @fold @transform(op: \"count\") @optional { name @output } } }",
	 "UnsupportedDirectivePosition [\"@optional\",\"this directive cannot appear after a @transform directive\"] 1:45"},
	{"{ Song { near @fold @transform(op: \"count\") @recurse(depth: 1) { name @output } } }",
	 "UnsupportedDirectivePosition [\"@recurse\",\"this directive cannot appear after a @transform directive\"] 1:45"},
	{"{ Song { near @fold @transform(op: \"count\") @transform(op: \"count\") { name @output } } }",
	 "UnsupportedDuplicatedDirective [\"@transform\"] 1:45"},
	/* filters as they are written */
	{"{ Song { name @filter } }",
	 "MissingRequiredDirectiveArgument [\"@filter\",\"op\"] 1:15"},
	{"{ Song { name @filter(value: [\"$a\"]) } }",
	 "MissingRequiredDirectiveArgument [\"@filter\",\"op\"] 1:15"},
	{"{ Song { name @filter(op: EQUAL, value: [\"$a\"]) } }",
	 "InappropriateTypeForDirectiveArgument [\"@filter\",\"op\"] 1:27"},
	{"{ Song { name @filter(op: \"=\", values: [\"$a\"]) } }",
	 "UnrecognizedDirectiveArgument [\"@filter\",\"values\"] 1:32"},
	{"{ Song { name @filter(op: \"=\", value: \"$a\") } }",
	 "FilterExpectsListNotString [\"=\",\"$a\"] 1:39"},
	{"{ Song { name @filter(op: \"=\", value: 3) } }",
	 "InappropriateTypeForDirectiveArgument [\"@filter\",\"value\"] 1:39"},
	{"{ Song { name @filter(op: \"=\", value: [3]) } }",
	 "InappropriateTypeForDirectiveArgument [\"@filter\",\"value\"] 1:39"},
	{"{ Song { name @filter(op: \"=\", value: [\"a\"]) } }",
	 "InvalidFilterOperandName [\"a\",\"Filter argument was expected to start with '$' or '%' but did not: a\"] 1:39"},
	{"{ Song { name @filter(op: \"=\", value: [\"%\"]) } }",
	 "InvalidFilterOperandName [\"%\",\"Filter argument is empty after '%' prefix.\"] 1:39"},
	{"{ Song { name @filter(op: \"=\", value: [\"$9\"]) } }",
	 "InvalidFilterOperandName [\"$9\",\"Filter argument names must start with an ASCII letter or underscore character: 9\"] 1:39"},
	{"{ Song { name @filter(op: \"=\", value: [\"$a-b\"]) } }",
	 "InvalidFilterOperandName [\"$a-b\",\"Filter argument names must only contain ASCII alphanumerics or underscore characters: a-b\"] 1:39"},
	{"{ Song { name @filter(op: \"=\", value: [\"$a\", \"$b\"]) } }",
	 "OtherError [\"Filter argument count mismatch: expected 1 but found 2\"] 1:39"},
	{"{ Song { name @filter(op: \"=\") } }",
	 "OtherError [\"Filter argument count mismatch: expected 1 but found 0\"] 1:15"},
	{"{ Song { name @filter(op: \"=\", value: []) } }",
	 "OtherError [\"Filter argument count mismatch: expected 1 but found 0\"] 1:39"},
	{"{ Song { name @filter(op: \"is_null\", value: [\"$a\"]) } }",
	 "OtherError [\"Filter argument count mismatch: expected 0 but found 1\"] 1:45"},
	{"{ Song { name @filter(op: \"is_nul\") } }",
	 "OtherError [\"Filter argument count mismatch: expected 1 but found 0\"] 1:15"},
	{"{ Song { name @filter(op: \"==\", value: [\"$a\"]) } }",
	 "UnsupportedFilterOperator [\"==\"] 1:27"},
	{"{ Song { name @filter(op: \"has_prefx\", value: [\"$a\"]) } }",
	 "UnsupportedFilterOperator [\"has_prefx\"] 1:27"},
	{"{ Song { name @filter(op: \"like\", value: [\"$a\"]) } }",
	 "UnsupportedFilterOperator [\"like\"] 1:27"},
	{"{ Song { name @filter(op: \"=\", op: \"<\", value: [\"$a\"]) } }",
	 "DuplicatedDirectiveArgument [\"@filter\",\"op\"] 1:32"},
	/* names that the schema has not */
	{"{ Sonk { name @output } }",
	 "ValidationError.NonExistentPath [[\"Sonk\"]] 1:3"},
	{"{ __typename }",
	 "ValidationError.NonExistentPath [[\"__typename\"]] 1:3"},
	{"{ Song { nam @output } }",
	 "ValidationError.NonExistentPath [[\"Song\",\"nam\"]] 1:10"},
	{"{ Song { parts { wrong @output } } }",
	 "ValidationError.NonExistentPath [[\"Song\",\"parts\",\"wrong\"]] 1:18"},
	{"{ Song { near { ... on Song { parts { wrong { x } } } } } }",
	 "ValidationError.NonExistentPath [[\"Song\",\"near\",\"Song\",\"parts\",\"wrong\"]] 1:39"},
	{"{ Song { name { x @output } } }",
	 "ValidationError.NonExistentPath [[\"Song\",\"name\",\"x\"]] 1:17"},
	{"{ Song { __typename { x } } }",
	 "PropertyMetaFieldUsedAsEdge [\"__typename\"] 1:10"},
	{"{ Thing { __typename { ... on Song { x } } } }",
	 "PropertyMetaFieldUsedAsEdge [\"__typename\"] 1:11"},
	{"{ Song { ... on Thing { name @output } } }",
	 "ValidationError.CannotCoerceNonInterfaceType [\"Song\",\"Thing\"] 1:17"},
	{"{ Song { name { ... on Song { x } } } }",
	 "ValidationError.CannotCoerceNonInterfaceType [\"String\",\"Song\"] 1:24"},
	{"{ Thing { ... on Sonk { name @output } } }",
	 "ValidationError.NonExistentType [\"Sonk\"] 1:18"},
	{"{ Thing { ... on Lyric { line @output } } }",
	 "ValidationError.CannotCoerceToUnrelatedType [\"Thing\",\"Lyric\"] 1:18"},
	{"{ Thing { ... on Thing { name @output } } }",
	 "ValidationError.CannotCoerceToUnrelatedType [\"Thing\",\"Thing\"] 1:18"},
	{"{ Thing { ... on Begin { name @output } } }",
	 "ValidationError.CannotCoerceToUnrelatedType [\"Thing\",\"Begin\"] 1:18"},
	/* parameters of edges */
	{"{ Part { name @output } }",
	 "MissingRequiredEdgeParameter [\"key\",\"Part\"] 1:3"},
	{"{ Part(key: 3) { name @output } }",
	 "InvalidEdgeParameterType [\"key\",\"Part\",\"String!\",3] 1:13"},
	{"{ Part(key: C) { name @output } }",
	 "InvalidEdgeParameterType [\"key\",\"Part\",\"String!\",\"C\"] 1:13"},
	{"{ Song(tempo: null) { name @output } }",
	 "InvalidEdgeParameterType [\"tempo\",\"Song\",\"Int!\",null] 1:15"},
	{"{ Song(tempo: 4.0) { name @output } }",
	 "InvalidEdgeParameterType [\"tempo\",\"Song\",\"Int!\",4.0] 1:15"},
	{"{ Song(longest: \"4\") { name @output } }",
	 "InvalidEdgeParameterType [\"longest\",\"Song\",\"Float\",\"4\"] 1:17"},
	{"{ Song(names: [\"a\", null]) { name @output } }",
	 "InvalidEdgeParameterType [\"names\",\"Song\",\"[String!]\",[\"a\",null]] 1:15"},
	{"{ Song(temp: 3, about: \"x\") { name @output } }",
	 "UnexpectedEdgeParameter [\"about\",\"Song\"] 1:17; "
	 "UnexpectedEdgeParameter [\"temp\",\"Song\"] 1:8"},
	{"{ Song(tempo: \"x\", zz: 1) { parts(from: 1.5) { name @output near { heard(no: 1) { live @filter(op: \"=\", value: [\"$unused\"]) } } } } }",
	 "InvalidEdgeParameterType [\"tempo\",\"Song\",\"Int!\",\"x\"] 1:15; "
	 "UnexpectedEdgeParameter [\"zz\",\"Song\"] 1:20; "
	 "InvalidEdgeParameterType [\"from\",\"parts\",\"Int\",1.5] 1:41; "
	 "UnexpectedEdgeParameter [\"no\",\"heard\"] 1:74"},
	{"{ Song { parts(to: null, too: 3) @fold { nothing: name @tag } } }",
	 "InvalidEdgeParameterType [\"to\",\"parts\",\"Int!\",null] 1:20; "
	 "UnexpectedEdgeParameter [\"too\",\"parts\"] 1:26"},
	{"{ Song(names: \"a\") { name @output } }",
	 "InvalidEdgeParameterType [\"names\",\"Song\",\"[String!]\",\"a\"] 1:15"},
	{"{ Song { name(first: 1) @output } }",
	 "UnexpectedEdgeParameter [\"first\",\"name\"] 1:15"},
	{"{ Song { __typename(a: 2) @output } }",
	 "UnexpectedEdgeParameter [\"a\",\"__typename\"] 1:21"},
	/* directives on what they are not for */
	{"{ Song { bars @fold } }",
	 "UnsupportedDirectiveOnProperty [\"@fold\",\"bars\"] 1:15"},
	{"{ Song { bars @optional @recurse(depth: 2) @output } }",
	 "UnsupportedDirectiveOnProperty [\"@optional\",\"bars\"] 1:15; "
	 "UnsupportedDirectiveOnProperty [\"@recurse\",\"bars\"] 1:25"},
	{"{ Song { bars @optional @recurse(depth: 2) @fold @transform(op: \"count\") @output } }",
	 "UnsupportedDirectiveOnProperty [\"@fold\",\"bars\"] 1:44; "
	 "UnsupportedDirectiveOnProperty [\"@optional\",\"bars\"] 1:15; "
	 "UnsupportedDirectiveOnProperty [\"@recurse\",\"bars\"] 1:25"},
	{"{ Song { near @optional @fold { name @output } } }",
	 "UnsupportedDirectiveOnFoldedEdge [\"near\",\"@optional\"] 1:15"},
	{"{ Song { near @recurse(depth: 2) @fold { name @output } } }",
	 "UnsupportedDirectiveOnFoldedEdge [\"near\",\"@recurse\"] 1:15"},
	{"{ Song { near @output { name @tag } } }",
	 "UnsupportedEdgeOutput [\"near\"] 1:15"},
	{"{ Song { near @filter(op: \"is_null\") @tag(name: \"x\") @output { name @output } } }",
	 "UnsupportedEdgeOutput [\"near\"] 1:54; "
	 "UnsupportedEdgeFilter [\"near\"] 1:15; "
	 "UnsupportedEdgeTag [\"near\"] 1:38"},
	{"{ Song { near @output @fold { name @output } } }",
	 "UnsupportedEdgeOutput [\"near\"] 1:15"},
	{"{ Song { near @filter(op: \"is_null\") @fold { name @output } } }",
	 "UnsupportedEdgeFilter [\"near\"] 1:15"},
	{"{ Song { near @tag(name: \"x\") @fold { name @output } } }",
	 "UnsupportedEdgeTag [\"near\"] 1:15"},
	/* recursion */
	{"{ Song { parts @recurse(depth: 2) { name @output } } }",
	 "RecursingNonRecursableEdge [\"parts\",\"Song\",\"Part\"] 1:16"},
	{"{ Thing { heard @recurse(depth: 2) { name @output } } }",
	 "RecursionToSubtype [\"heard\",\"Thing\",\"Song\"] 1:17"},
	{"{ Part(key: \"c\") { near @recurse(depth: 2) { name @output } } }",
	 "EdgeRecursionNeedingMultipleCoercions [\"near\"] 1:25"},
	{"{ Song { parts(from: \"x\") @recurse(depth: 2) { name @output } } }",
	 "RecursingNonRecursableEdge [\"parts\",\"Song\",\"Part\"] 1:27; "
	 "InvalidEdgeParameterType [\"from\",\"parts\",\"Int\",\"x\"] 1:22"},
	/* tags */
	{"{ Song { name @filter(op: \"=\", value: [\"%nothing\"]) @output } }",
	 "UndefinedTagInFilter [\"name\",\"nothing\"] 1:15"},
	{"{ Song { name @tag(name: \"nome\") @output near { name @filter(op: \"=\", value: [\"%name\"]) } } }",
	 "UndefinedTagInFilter [\"name\",\"name\"] 1:54"},
	{"{ Song { name @filter(op: \"=\", value: [\"%later\"]) @output near { name @tag(name: \"later\") } } }",
	 "TagUsedBeforeDefinition [\"name\",\"later\"] 1:15"},
	{"{ Song { near @fold { name @filter(op: \"=\", value: [\"%later\"]) @output } heard { name @tag(name: \"later\") } } }",
	 "UndefinedTagInFilter [\"name\",\"later\"] 1:28"},
	{"{ Song { near @fold { name @tag(name: \"in\") } name @filter(op: \"=\", value: [\"%in\"]) @output } }",
	 "TagUsedOutsideItsFoldedSubquery [\"name\",\"in\"] 1:52"},
	{"{ Song { near @fold { name @tag(name: \"in\") } heard @fold { name @filter(op: \"=\", value: [\"%in\"]) @output } } }",
	 "TagUsedOutsideItsFoldedSubquery [\"name\",\"in\"] 1:66"},
	{"{ Song { near @fold @transform(op: \"count\") @tag(name: \"n\") { bars: name @filter(op: \"=\", value: [\"%n\"]) } } }",
	 "UndefinedTagInFilter [\"name\",\"n\"] 1:74"},
	{"{ Song { near @fold @transform(op: \"count\") @tag(name: \"n\") @filter(op: \"<\", value: [\"%n\"]) } }",
	 "UndefinedTagInFilter [\"@fold.count\",\"n\"] 1:61"},
	{"{ Song { bars @filter(op: \"<\", value: [\"%n\"]) near @fold @transform(op: \"count\") @tag(name: \"n\") } }",
	 "TagUsedBeforeDefinition [\"bars\",\"n\"] 1:15"},
	{"{ Song { near @fold @transform(op: \"count\") @tag } }",
	 "ExplicitTagNameRequired [\"near\"] 1:45"},
	{"{ Song { near @fold @transform(op: \"count\") @filter(op: \"=\", value: [\"%no\"]) @output } }",
	 "UndefinedTagInFilter [\"@fold.count\",\"no\"] 1:45"},
	{"{ Song { name @tag near { name @tag } heard { name @filter(op: \"=\", value: [\"%name\"]) @output } } }",
	 "MultipleTagsWithSameName [\"name\"] 1:32"},
	{"{ Song { near @fold @transform(op: \"count\") @tag(name: \"a\") bars @tag(name: \"a\") @filter(op: \"=\", value: [\"%a\"]) } }",
	 "MultipleTagsWithSameName [\"a\"] 1:66; "
	 "TagUsedBeforeDefinition [\"bars\",\"a\"] 1:82"},
	{"{ Song { b: bars @tag name @tag a: plays @tag @output } }",
	 "UnusedTags [[\"a\",\"b\",\"name\"]] 1:18"},
	/* do value and operand fit */
	{"{ Song { bars @filter(op: \"is_null\") @output } }",
	 "FilterTypeError.NonNullableTypeFilteredForNullability [\"is_null\",\"property \\\"bars\\\" of type \\\"Int!\\\"\",false] 1:15"},
	{"{ Song { bars @filter(op: \"is_not_null\") @output } }",
	 "FilterTypeError.NonNullableTypeFilteredForNullability [\"is_not_null\",\"property \\\"bars\\\" of type \\\"Int!\\\"\",true] 1:15"},
	{"{ Song { __typename @filter(op: \"is_null\") } }",
	 "FilterTypeError.NonNullableTypeFilteredForNullability [\"is_null\",\"property \\\"__typename\\\" of type \\\"String!\\\"\",false] 1:21"},
	{"{ Song { near @fold @transform(op: \"count\") @filter(op: \"is_null\") } }",
	 "FilterTypeError.NonNullableTypeFilteredForNullability [\"is_null\",\"property \\\"@fold.count\\\" of type \\\"Int!\\\"\",false] 1:45"},
	{"{ Song { bars @tag name @filter(op: \"=\", value: [\"%bars\"]) } }",
	 "FilterTypeError.TypeMismatchBetweenFilterSubjectAndArgument [\"=\",\"property \\\"name\\\" of type \\\"String!\\\"\",\"tag \\\"bars\\\" of type \\\"Int!\\\"\"] 1:25"},
	{"{ Song { bars @tag loud @filter(op: \"!=\", value: [\"%bars\"]) } }",
	 "FilterTypeError.TypeMismatchBetweenFilterSubjectAndArgument [\"!=\",\"property \\\"loud\\\" of type \\\"Float\\\"\",\"tag \\\"bars\\\" of type \\\"Int!\\\"\"] 1:25"},
	{"{ Song { live @tag maybe @filter(op: \">=\", value: [\"%live\"]) } }",
	 "FilterTypeError.OrderingFilterOperationOnNonOrderableSubject [\">=\",\"property \\\"maybe\\\" of type \\\"Boolean\\\"\"] 1:26; "
	 "FilterTypeError.OrderingFilterOperationWithNonOrderableArgument [\">=\",\"tag \\\"live\\\" of type \\\"Boolean!\\\"\"] 1:26"},
	{"{ Song { live @tag bars @filter(op: \">=\", value: [\"%live\"]) } }",
	 "FilterTypeError.OrderingFilterOperationWithNonOrderableArgument [\">=\",\"tag \\\"live\\\" of type \\\"Boolean!\\\"\"] 1:25; "
	 "FilterTypeError.TypeMismatchBetweenFilterSubjectAndArgument [\">=\",\"property \\\"bars\\\" of type \\\"Int!\\\"\",\"tag \\\"live\\\" of type \\\"Boolean!\\\"\"] 1:25"},
	{"{ Song { live @filter(op: \"<\", value: [\"$a\"]) } }",
	 "FilterTypeError.OrderingFilterOperationOnNonOrderableSubject [\"<\",\"property \\\"live\\\" of type \\\"Boolean!\\\"\"] 1:15"},
	{"{ Song { id @filter(op: \"<\", value: [\"$a\"]) } }",
	 "FilterTypeError.OrderingFilterOperationOnNonOrderableSubject [\"<\",\"property \\\"id\\\" of type \\\"ID\\\"\"] 1:13"},
	{"{ Song { bars @filter(op: \"has_prefix\", value: [\"$a\"]) } }",
	 "FilterTypeError.StringFilterOperationOnNonStringSubject [\"has_prefix\",\"property \\\"bars\\\" of type \\\"Int!\\\"\"] 1:15"},
	{"{ Song { tags @filter(op: \"regex\", value: [\"$a\"]) } }",
	 "FilterTypeError.StringFilterOperationOnNonStringSubject [\"regex\",\"property \\\"tags\\\" of type \\\"[String!]\\\"\"] 1:15"},
	{"{ Song { bars @tag live @filter(op: \"not_has_suffix\", value: [\"%bars\"]) } }",
	 "FilterTypeError.StringFilterOperationOnNonStringSubject [\"not_has_suffix\",\"property \\\"live\\\" of type \\\"Boolean!\\\"\"] 1:25; "
	 "FilterTypeError.StringFilterOperationOnNonStringArgument [\"not_has_suffix\",\"tag \\\"bars\\\" of type \\\"Int!\\\"\"] 1:25"},
	{"{ Song { bars @tag name @filter(op: \"not_regex\", value: [\"%bars\"]) } }",
	 "FilterTypeError.StringFilterOperationOnNonStringArgument [\"not_regex\",\"tag \\\"bars\\\" of type \\\"Int!\\\"\"] 1:25"},
	{"{ Song { bars @filter(op: \"contains\", value: [\"$a\"]) } }",
	 "FilterTypeError.ListFilterOperationOnNonListSubject [\"contains\",\"property \\\"bars\\\" of type \\\"Int!\\\"\"] 1:15"},
	{"{ Song { name @filter(op: \"not_contains\", value: [\"$a\"]) } }",
	 "FilterTypeError.ListFilterOperationOnNonListSubject [\"not_contains\",\"property \\\"name\\\" of type \\\"String!\\\"\"] 1:15"},
	{"{ Song { bars @tag tags @filter(op: \"contains\", value: [\"%bars\"]) } }",
	 "FilterTypeError.TypeMismatchBetweenFilterSubjectAndArgument [\"contains\",\"property \\\"tags\\\" of type \\\"[String!]\\\"\",\"tag \\\"bars\\\" of type \\\"Int!\\\"\"] 1:25"},
	{"{ Song { bars @tag name @filter(op: \"one_of\", value: [\"%bars\"]) } }",
	 "FilterTypeError.ListFilterOperationOnNonListArgument [\"one_of\",\"tag \\\"bars\\\" of type \\\"Int!\\\"\"] 1:25"},
	{"{ Song { tags @tag bars @filter(op: \"not_one_of\", value: [\"%tags\"]) } }",
	 "FilterTypeError.TypeMismatchBetweenFilterSubjectAndArgument [\"not_one_of\",\"property \\\"bars\\\" of type \\\"Int!\\\"\",\"tag \\\"tags\\\" of type \\\"[String!]\\\"\"] 1:25"},
	{"{ Song { name @tag near @fold @transform(op: \"count\") @filter(op: \"=\", value: [\"%name\"]) @filter(op: \"has_prefix\", value: [\"$x\"]) @filter(op: \"contains\", value: [\"$y\"]) } }",
	 "FilterTypeError.TypeMismatchBetweenFilterSubjectAndArgument [\"=\",\"property \\\"@fold.count\\\" of type \\\"Int!\\\"\",\"tag \\\"name\\\" of type \\\"String!\\\"\"] 1:55; "
	 "FilterTypeError.StringFilterOperationOnNonStringSubject [\"has_prefix\",\"property \\\"@fold.count\\\" of type \\\"Int!\\\"\"] 1:90; "
	 "FilterTypeError.ListFilterOperationOnNonListSubject [\"contains\",\"property \\\"@fold.count\\\" of type \\\"Int!\\\"\"] 1:131"},
	{"{ Song { near @fold @transform(op: \"count\") @tag(name: \"n\") name @filter(op: \"=\", value: [\"%n\"]) } }",
	 "TagUsedBeforeDefinition [\"name\",\"n\"] 1:66"},
	/* variables */
	{"{ Song { bars @filter(op: \"=\", value: [\"$a\"]) name @filter(op: \"=\", value: [\"$a\"]) } }",
	 "FilterTypeError.IncompatibleVariableTypeRequirements [\"a\",\"Int!\",\"String!\"] 1:52"},
	{"{ Song { bars @filter(op: \"=\", value: [\"$a\"]) loud @filter(op: \"<\", value: [\"$a\"]) near @fold { name @filter(op: \"=\", value: [\"$a\"]) @output } heard { plays @filter(op: \"one_of\", value: [\"$a\"]) } } }",
	 "FilterTypeError.IncompatibleVariableTypeRequirements [\"a\",\"Int!\",\"Float!\"] 1:52; "
	 "FilterTypeError.IncompatibleVariableTypeRequirements [\"a\",\"Int!\",\"[Int]!\"] 1:158; "
	 "FilterTypeError.IncompatibleVariableTypeRequirements [\"a\",\"Int!\",\"String\"] 1:102"},
	{"{ Song { near @fold @transform(op: \"count\") @filter(op: \"=\", value: [\"$a\"]) { name @filter(op: \"=\", value: [\"$a\"]) } } }",
	 "FilterTypeError.IncompatibleVariableTypeRequirements [\"a\",\"Int!\",\"String\"] 1:84"},
	/* outputs */
	{"{ Song { name @output near { name @output } } }",
	 "MultipleOutputsWithSameName [{\"name\":[[\"Song\",\"name\"],[\"Thing\",\"name\"]]}] 1:35"},
	{"{ Song { name @output @output(name: \"name\") } }",
	 "MultipleOutputsWithSameName [{\"name\":[[\"Song\",\"name\"],[\"Song\",\"name\"]]}] 1:23"},
	{"{ Song { a: near { b: name @output } ab: bars @output } }",
	 "MultipleOutputsWithSameName [{\"ab\":[[\"Thing\",\"name\"],[\"Song\",\"bars\"]]}] 1:47"},
	{"{ Song { near @fold @transform(op: \"count\") @output @output @output(name: \"nearcount\") } }",
	 "MultipleOutputsWithSameName [{\"nearcount\":[[\"near\",\"@fold.count\"],[\"near\",\"@fold.count\"]]}] 1:53; "
	 "MultipleOutputsWithSameName [{\"nearcount\":[[\"near\",\"@fold.count\"],[\"near\",\"@fold.count\"]]}] 1:61"},
	{"{ Song { bars @output(name: \"nearcount\") near @fold @transform(op: \"count\") @output } }",
	 "MultipleOutputsWithSameName [{\"nearcount\":[[\"Song\",\"bars\"],[\"near\",\"@fold.count\"]]}] 1:77"},
	{"{ Song { near @fold { name @output(name: \"x\") plays: name @output(name: \"x\") } bars @output(name: \"y\") @output(name: \"y\") } }",
	 "MultipleOutputsWithSameName [{\"x\":[[\"Thing\",\"name\"],[\"Thing\",\"name\"]]}] 1:59"},
	{"{ Song { near @fold { name @output(name: \"x\") } heard @fold { name @output(name: \"x\") } } }",
	 "MultipleOutputsWithSameName [{\"x\":[[\"Thing\",\"name\"],[\"Song\",\"name\"]]}] 1:68"},
	{"{ Song { a: name @output b: name @output(name: \"a\") c: name @tag near { name @output } d: loud @output(name: \"name\") } }",
	 "MultipleOutputsWithSameName [{\"a\":[[\"Song\",\"name\"],[\"Song\",\"name\"]],\"name\":[[\"Thing\",\"name\"],[\"Song\",\"loud\"]]}] 1:34"},
	/* limits of the language */
	{"{ Song { name @output",
	 "InvalidGraphQL - 1:22"},
};

static void test_every_mistake_has_its_kind_place_and_hint(void **state)
{
	AUTO(tf_schema) s = songs();
	for (size_t i = 0; i < COUNT_OF(mistakes); i++) {
		AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
		const char *text = mistakes[i].query;
		struct tf_query *q = NULL;
		if (tf_query_compile(s, text, strlen(text), &q, &errors) != -EINVAL)
			fail_msg("accepted: %s", text);
		AUTO_MEM char *told = errors_text(&errors);
		if (strcmp(told, mistakes[i].errors) != 0)
			fail_msg("%s\ngives    %s\nexpected %s", text, told, mistakes[i].errors);
		assert_null(q);
		bool parse = errors.v[0].stage == TF_STAGE_PARSE;
		for (size_t k = 0; k < errors.n; k++) {
			assert_int_equal(errors.v[k].stage, parse ? TF_STAGE_PARSE : TF_STAGE_FRONTEND);
			assert_true(errors.v[k].message[0]);
			if (!errors.v[k].hint[0])
				fail_msg("no hint: %s", text);
		}
	}
}

static const char *const no_graphql[] = {
	"{ Song { name @output }",
	"{ Song { } }",
	"{ }",
	"Song { name }",
	"{ Song { name @ } }",
	"{ Song { name @output(name \"x\") } }",
	"{ Song { name @output(name: ) } }",
	"{ Song { name @output() } }",
	"{ Song( ) { name } }",
	"{ Song { name @filter(op: \"=\", value: [\"$a\") } }",
	"{ Song { name: } }",
	"{ Song { name } } }",
	"{ Song { 'name' } }",
	"{ Song { na-me } }",
	"{ Song(tempo: 01) { name } }",
	"{ Song(tempo: 1.) { name } }",
	"{ Song(names: [\"a) { name } }",
	"{ Song(names: [\"\\q\"]) { name } }",
	"{ Song { ... } }",
	"{ Song { ... on { name } } }",
	"{ Song { name @output } } garbage",
	"query",
	"{ Song { name $x } }",
	"{ Song { name = 3 } }",
	"query { Song { name } } fragment",
	"{ Song { name @output; bars } }",
	"{ Song { name @output @filter(op: \"=\" value [\"$a\"]) } }",
	"SELECT * FROM Song",
	"",
	"{ Song { name @output(name: \"\n\") } }",
	"{ Song(tempo: 18446744073709551616) { name } }",
	"{ Song(longest: 1e999) { name } }",
	"{ Song { name @output(name: \"\xff\") } }",
	"{ Song { name @output(name: \"\\ud800\") } }",
	"{ Song { name @output(name: \"\\u12\") } }",
	"{ Song { \x01 } }",
	"{ Song { \xc3 } }",
	"{ Song(names: [\"\"\"a) { name } }",
};

static void test_text_that_is_no_query_is_told_with_a_hint(void **state)
{
	AUTO(tf_schema) s = songs();
	for (size_t i = 0; i < COUNT_OF(no_graphql); i++) {
		AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
		struct tf_query *q = NULL;
		assert_int_equal(tf_query_compile(s, no_graphql[i], strlen(no_graphql[i]), &q, &errors), -EINVAL);
		assert_int_equal(errors.n, 1);
		assert_string_equal(errors.v[0].kind, "InvalidGraphQL");
		if (!errors.v[0].hint[0] || !errors.v[0].pos.line || !errors.v[0].pos.column)
			fail_msg("%s: %s (%s)", no_graphql[i], errors.v[0].message, errors.v[0].hint);
	}
}

/* A name that is nearly right is told as it is. */
static void test_hints_name_the_nearest(void **state)
{
	static const struct {
		const char *query, *hint;
	} cases[] = {
		{"{ Song { name @outptu } }", "did you mean @output?"},
		{"{ Song { name @output(nam: \"a\") } }", "did you mean 'name'?"},
		{"{ Song { name @filter(op: \"has_prefx\", value: [\"$a\"]) } }", "did you mean \"has_prefix\"?"},
		{"{ Song { name @filter(op: \"is_nul\") } }", "did you mean \"is_null\"?"},
		{"{ Song { name @filter(op: \"LIKE\", value: [\"$a\"]) } }", "did you mean \"has_substring\"?"},
		{"{ Song { name @filter(op: \"<>\", value: [\"$a\"]) } }", "did you mean \"!=\"?"},
		{"{ Song { nam } }", "did you mean 'name'?"},
		{"{ Song { __typenam } }", "did you mean '__typename'?"},
		{"{ Sonk { name } }", "did you mean 'Song'?"},
		{"{ Thing { bars @output } }", "Song has it: '... on Song { bars }'"},
		{"{ Song { name @filter(op: \"=\", value: [\"Aria\"]) } }",
		 "write \"$name\" here, and give 'Aria' as the argument 'name'; or \"%tag\""},
		{"{ __typename }", "it has Song Part Thing"},
		{"{ Thing { ... on Prat { name } } }", "did you mean 'Part'?"},
		{"{ Thing { ... on Zither { name } } }", "the schema tells all types"},
		{"{ Song(tempi: 3) { name } }", "did you mean 'tempo'?"},
		{"{ Song(tempo: 4.0) { name } }", "a whole number, without quotes and without a point"},
		{"{ Song(longest: \"4\") { name } }", "a number, without quotes"},
		{"{ Song(names: [\"a\", null]) { name } }", "each item of the list has to be String!"},
		{"{ Song { name @tag(name: \"title\") near { name @filter(op: \"=\", value: [\"%titel\"]) } } }", "did you mean '%title'?"},
		{"{ Song {\n near @fold { name @filter(op: \"=\", value: [\"%b\"]) }\n b: bars @tag } }",
		 "it is made in line 3: move that before the filter"},
	};
	AUTO(tf_schema) s = songs();
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
		struct tf_query *q = NULL;
		assert_int_equal(tf_query_compile(s, cases[i].query, strlen(cases[i].query), &q, &errors), -EINVAL);
		assert_string_equal(errors.v[0].hint, cases[i].hint);
	}
}

static void test_a_mistake_is_shown_in_its_line(void **state)
{
	static const char text[] = "{\n  Song {\n    name @output\n    barz @output\n  }\n}\n";
	AUTO(tf_schema) s = songs();
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	AUTO_STRBUF b = STRBUF_INIT;
	struct tf_query *q = NULL;
	assert_int_equal(tf_query_compile(s, text, sizeof(text) - 1, &q, &errors), -EINVAL);
	assert_int_equal(tf_errors_show(&errors, text, sizeof(text) - 1, &b), 0);
	assert_string_equal(b.s, "frontend error (ValidationError.NonExistentPath): Song has no 'barz'\n"
				 "    4 |     barz @output\n"
				 "      |     ^\n"
				 "      = did you mean 'bars'?\n");
	struct err e = ERR_INIT;
	assert_int_equal(tf_errors_err(&errors, &e), -EINVAL);
	assert_string_equal(e.msg, "frontend error at 4:5: Song has no 'barz'");
}

static void test_mistakes_need_not_be_asked_for(void **state)
{
	AUTO(tf_schema) s = songs();
	struct tf_query *q = NULL;
	static const char wrong[] = "{ Song { nam } }", parse[] = "{ Song { name @x } }";
	assert_int_equal(tf_query_compile(s, wrong, sizeof(wrong) - 1, &q, NULL), -EINVAL);
	assert_int_equal(tf_query_compile(s, parse, sizeof(parse) - 1, &q, NULL), -EINVAL);
	assert_null(q);
}

/* ---- bounds ---- */

static void refuse_as(const struct tf_schema *s, const struct strbuf *text, int code)
{
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	struct tf_query *q = NULL;
	assert_true(strbuf_ok(text));
	assert_int_equal(tf_query_compile(s, text->s, text->n, &q, &errors), code);
	assert_int_equal(errors.n, 1);
	assert_string_equal(errors.v[0].kind, "LimitExceeded");
	assert_null(q);
}

static void test_size_and_nesting_are_bounded(void **state)
{
	AUTO(tf_schema) s = songs();
	AUTO_STRBUF b = STRBUF_INIT;
	strbuf_adds(&b, "{ Song {");
	while (b.n <= LIMIT_TRUSTFALL_QUERY_BYTES)
		strbuf_adds(&b, " name ");
	strbuf_adds(&b, "} }");
	refuse_as(s, &b, -EMSGSIZE);

	strbuf_clear(&b);
	strbuf_adds(&b, "{ Song {");
	for (int i = 0; i < LIMIT_TRUSTFALL_QUERY_DEPTH; i++)
		strbuf_adds(&b, " near {");
	strbuf_adds(&b, " name");
	for (int i = 0; i < LIMIT_TRUSTFALL_QUERY_DEPTH; i++)
		strbuf_adds(&b, " }");
	strbuf_adds(&b, "} }");
	refuse_as(s, &b, -E2BIG);

	strbuf_clear(&b);
	strbuf_adds(&b, "{ Song {");
	for (int i = 0; i < LIMIT_TRUSTFALL_QUERY_VERTICES; i++)
		strbuf_adds(&b, " near");
	strbuf_adds(&b, "} }");
	refuse_as(s, &b, -E2BIG);

	strbuf_clear(&b);
	strbuf_addf(&b, "{ Song { near @recurse(depth: %d) } }", LIMIT_TRUSTFALL_RECURSION + 1);
	refuse_as(s, &b, -E2BIG);
	strbuf_clear(&b);
	strbuf_adds(&b, "{ Song { near @recurse(depth: 18446744073709551615) } }");
	refuse_as(s, &b, -E2BIG);
}

static void test_what_is_just_within_the_bounds_is_accepted(void **state)
{
	AUTO(tf_schema) s = songs();
	AUTO_STRBUF b = STRBUF_INIT;
	strbuf_adds(&b, "{ Song {");
	for (int i = 0; i < LIMIT_TRUSTFALL_QUERY_VERTICES / 2 - 1; i++)
		strbuf_adds(&b, " near @fold");
	strbuf_addf(&b, " near @recurse(depth: %d)} }", LIMIT_TRUSTFALL_RECURSION);
	AUTO(tf_query) q = good(s, b.s);
	assert_int_equal(q->n_folds, LIMIT_TRUSTFALL_QUERY_VERTICES / 2 - 1);
	assert_int_equal(q->n_vertices, LIMIT_TRUSTFALL_QUERY_VERTICES / 2 + 1);
}

static void test_many_mistakes_are_told_up_to_the_bound(void **state)
{
	AUTO(tf_schema) s = songs();
	AUTO_STRBUF b = STRBUF_INIT;
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	struct tf_query *q = NULL;
	strbuf_adds(&b, "{ Song {");
	for (int i = 0; i < LIMIT_TRUSTFALL_ERRORS + 3; i++)
		strbuf_adds(&b, " bars @fold");
	strbuf_adds(&b, "} }");
	assert_int_equal(tf_query_compile(s, b.s, b.n, &q, &errors), -EINVAL);
	assert_int_equal(errors.n, LIMIT_TRUSTFALL_ERRORS);
	assert_true(errors.lost);
}

/* ---- what a good one becomes ---- */

static const struct {
	const char *query, *outputs, *variables;
} types[] = {
	{"{ Song { name @output bars @output(name: \"b\") t: tags @output __typename @output } }",
	 "name: String!, b: Int!, t: [String!], __typename: String!", ""},
	/* aliases of edges before names, given names as they are, the root's alias nowhere */
	{"{ a: Song { x_: near { name @output y_: heard { n: name @output bars @output(name: \"bars\") } } } }",
	 "x_name: String, x_y_n: String!, bars: Int!", ""},
	{"{ Song { near @fold @transform(op: \"count\") @output heard_: heard @fold @transform(op: \"count\") @output } }",
	 "nearcount: Int!, heard_count: Int!", ""},
	{"{ Song { x_: near { y: heard @fold @transform(op: \"count\") @output @output(name: \"z\") } } }", "x_ycount: Int!, z: Int!", ""},
	/* what may be missing is nullable; each fold makes a list */
	{"{ Song { near @optional { name @output heard { bars @output } } bars @output(name: \"b\") } }",
	 "name: String, bars: Int, b: Int!", ""},
	{"{ Song { heard @fold { bars @output parts @optional { song { live @output near @fold { name @output } } } } } }",
	 "bars: [Int!]!, live: [Boolean]!, name: [[String]]!", ""},
	{"{ Song { near @optional { heard @fold @transform(op: \"count\") @output(name: \"n\") { live @output } } } }",
	 "n: Int, live: [Boolean!]", ""},
	{"{ Song { near @fold @transform(op: \"count\") @output(name: \"a\") { heard @fold @transform(op: \"count\") @output(name: \"b\") { tags "
	 "@output } } } }",
	 "a: Int!, b: [Int!]!, tags: [[[String!]]!]!", ""},
	{"{ Thing { ... on Song { bars @output } } }", "bars: Int!", ""},
	{"{ Song { near { ... { name @output } } } }", "name: String", ""},
	{"{ Song }", "", ""},
	/* variables */
	{"{ Song { plays @filter(op: \"=\", value: [\"$e\"]) @filter(op: \"!=\", value: [\"$ne\"]) @filter(op: \"<\", value: [\"$lt\"]) "
	 "@filter(op: \">=\", value: [\"$ge\"]) @filter(op: \"one_of\", value: [\"$in\"]) @filter(op: \"not_one_of\", value: [\"$out\"]) } }",
	 "", "e: Int, ge: Int!, in: [Int]!, lt: Int!, ne: Int, out: [Int]!"},
	{"{ Song { tags @filter(op: \"contains\", value: [\"$t\"]) @filter(op: \"=\", value: [\"$all\"]) @filter(op: \"<=\", value: [\"$le\"]) "
	 "grid @filter(op: \"not_contains\", value: [\"$g\"]) @filter(op: \">\", value: [\"$more\"]) } }",
	 "", "all: [String!], g: [Int]!, le: [String!]!, more: [[Int]!]!, t: String!"},
	{"{ Thing { name @filter(op: \"has_prefix\", value: [\"$a\"]) @filter(op: \"not_has_prefix\", value: [\"$b\"]) @filter(op: "
	 "\"has_suffix\", value: [\"$c\"]) @filter(op: \"not_has_suffix\", value: [\"$d\"]) @filter(op: \"has_substring\", value: [\"$e\"]) "
	 "@filter(op: \"not_has_substring\", value: [\"$f\"]) @filter(op: \"regex\", value: [\"$g\"]) @filter(op: \"not_regex\", value: "
	 "[\"$h\"]) @filter(op: \"is_null\") @filter(op: \"is_not_null\", value: []) } }",
	 "", "a: String!, b: String!, c: String!, d: String!, e: String!, f: String!, g: String!, h: String!"},
	{"{ Song { near @fold @transform(op: \"count\") @filter(op: \"one_of\", value: [\"$n\"]) @filter(op: \"=\", value: [\"$m\"]) } }", "",
	 "m: Int!, n: [Int!]!"},
	/* all uses agree on the narrowest */
	{"{ Song { plays @filter(op: \"=\", value: [\"$a\"]) near @fold { heard { bars @filter(op: \"=\", value: [\"$a\"]) } } } }", "",
	 "a: Int!"},
};

static char *columns_text(const struct tf_query *q, size_t n, const struct tf_column *(*column)(const struct tf_query *, size_t))
{
	AUTO_STRBUF b = STRBUF_INIT;
	char type[TF_TYPE_TEXT];
	for (size_t i = 0; i < n; i++)
		assert_int_equal(strbuf_addf(&b, "%s%s: %s", i ? ", " : "", column(q, i)->name, tf_type_text(&column(q, i)->type, type)), 0);
	return strbuf_take(&b);
}

static void test_outputs_and_variables_have_names_and_types(void **state)
{
	AUTO(tf_schema) s = songs();
	for (size_t i = 0; i < COUNT_OF(types); i++) {
		AUTO(tf_query) q = good(s, types[i].query);
		AUTO_MEM char *outputs = columns_text(q, tf_query_n_outputs(q), tf_query_output);
		AUTO_MEM char *variables = columns_text(q, tf_query_n_variables(q), tf_query_variable);
		if (strcmp(outputs, types[i].outputs) != 0 || strcmp(variables, types[i].variables) != 0)
			fail_msg("%s\ngives    %s | %s\nexpected %s | %s", types[i].query, outputs, variables, types[i].outputs,
				 types[i].variables);
	}
}

static void test_tags_fit_when_types_are_the_same_but_for_null(void **state)
{
	static const char *const queries[] = {
		"{ Song { bars @tag plays @filter(op: \"=\", value: [\"%bars\"]) } }",
		"{ Song { plays @filter(op: \"<\", value: [\"%bars\"]) bars @tag } }", /* the same vertex: in any order */
		"{ Song { bars @tag near @fold @transform(op: \"count\") @filter(op: \"<\", value: [\"%bars\"]) } }",
		"{ Song { tags @tag name @filter(op: \"one_of\", value: [\"%tags\"]) } }",
		"{ Song { name @tag tags @filter(op: \"not_contains\", value: [\"%name\"]) } }",
		"{ Song { name @tag near @fold { heard { name @filter(op: \"regex\", value: [\"%name\"]) } } } }",
		"{ Song { near @fold @transform(op: \"count\") @tag(name: \"n\") heard { bars @filter(op: \"=\", value: [\"%n\"]) } } }",
		"{ Song { near @fold @transform(op: \"count\") @tag(name: \"n\") heard @fold { bars @filter(op: \"=\", value: [\"%n\"]) } } }",
		("{ Song { near @fold @transform(op: \"count\") @tag(name: \"n\")\n"
		 "heard @fold @transform(op: \"count\") @filter(op: \"=\", value: [\"%n\"]) } }"),
		"{ Song { __typename @tag near { __typename @filter(op: \"=\", value: [\"%__typename\"]) } } }",
	};
	AUTO(tf_schema) s = songs();
	for (size_t i = 0; i < COUNT_OF(queries); i++)
		tf_query_free(good(s, queries[i]));
}

static void test_a_plan_names_its_steps(void **state)
{
	AUTO(tf_schema) s = songs();
	AUTO(tf_query) q = good(s, "{ Song { near @fold { heard { name @output } } next(far: 2) @optional { name @tag } near { name @filter(op: "
				   "\"=\", value: [\"%name\"]) @output(name: \"n\") heard @fold { bars name @output(name: \"m\") } } } }");
	assert_int_equal(q->n_vertices, 6);
	assert_int_equal(q->n_components, 3);
	const struct plan_component *c = &q->components[0];
	assert_int_equal(c->n_steps, 5);
	assert_int_equal(c->steps[0].vertex, 0);
	assert_int_equal(c->steps[1].vertex, PLAN_NONE);
	assert_int_equal(c->steps[1].fold, 0);
	assert_int_equal(c->steps[2].vertex, 3);
	assert_int_equal(c->steps[3].vertex, 4);
	assert_int_equal(c->steps[4].fold, 1);
	assert_int_equal(c->n_outputs, 3);
	c = &q->components[1];
	assert_int_equal(c->fold, 0);
	assert_int_equal(c->n_steps, 2);
	assert_int_equal(c->steps[0].vertex, 1);
	assert_int_equal(c->steps[1].vertex, 2);
	assert_int_equal(c->n_outputs, 1);
	assert_int_equal(q->folds[1].parent, 4);
	assert_int_equal(q->folds[1].outer, 0);
	assert_false(q->folds[1].counted);
	assert_int_equal(q->vertices[1].parent, 0);
	assert_true(q->vertices[3].optional);
	assert_int_equal(q->vertices[3].edge.params[0].i, 2);
	assert_int_equal(q->vertices[4].n_filters, 1);
	assert_int_equal(q->vertices[4].filters[0].tag.vertex, 3);
	assert_int_equal(q->vertices[5].n_uses, 1);
	assert_string_equal(q->vertices[5].uses[0], "name");
}

/* What is kept and what goes on: by the type that has the edge. */
static void test_recursion_follows_the_edge_of_where_it_leads(void **state)
{
	AUTO(tf_schema) s = songs();
	AUTO(tf_query) same = good(s, "{ Thing { near @recurse(depth: 2) { name @output } } }");
	assert_null(same->vertices[1].recurse_type);
	assert_ptr_equal(same->vertices[1].recurse_edge.field, same->vertices[1].edge.field);
	AUTO(tf_query) wider = good(s, "{ Song { near @recurse(depth: 2) { name @output } } }");
	assert_null(wider->vertices[1].recurse_type);
	assert_string_equal(wider->vertices[1].recurse_edge.from_type->name, "Thing");
	AUTO(tf_query) narrow = good(s, "{ Song { next(far: 4) @recurse(depth: 7) { ... on Part { name @output } } } }");
	const struct plan_vertex *v = &narrow->vertices[1];
	assert_int_equal(v->depth, 7);
	assert_string_equal(v->recurse_type->name, "Sounding");
	assert_string_equal(v->recurse_edge.from_type->name, "Sounding");
	assert_int_equal(v->recurse_edge.params[0].i, 4);
	assert_string_equal(v->type->name, "Part");
	assert_string_equal(v->coerced_from->name, "Thing");
}

/* A type may take null where its interface does not; the second step asks the interface. */
static void test_recursion_goes_on_with_values_that_the_wider_edge_takes(void **state)
{
	static const char text[] = "schema { query: Begin } type Begin { Road: Road } interface Way { on(by: Int!): Way }\n"
				   "type Road implements Way { on(by: Int): Way }\n";
	static const char without[] = "{ Road { on @recurse(depth: 2) { __typename @output } } }",
			  null[] = "{ Road { on(by: null) @recurse(depth: 2) { __typename @output } } }";
	AUTO(tf_schema) s = NULL;
	assert_int_equal(tf_schema_parse(text, sizeof(text) - 1, &s, NULL), 0);
	AUTO(tf_query) once = good(s, "{ Road { on { __typename @output } } }");
	assert_int_equal(once->vertices[1].edge.params[0].kind, TF_NULL);
	AUTO(tf_query) given = good(s, "{ Road { on(by: 3) @recurse(depth: 2) { __typename @output } } }");
	assert_int_equal(given->vertices[1].recurse_edge.params[0].i, 3);
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	struct tf_query *q = NULL;
	assert_int_equal(tf_query_compile(s, without, sizeof(without) - 1, &q, &errors), -EINVAL);
	assert_int_equal(tf_query_compile(s, null, sizeof(null) - 1, &q, &errors), -EINVAL);
	AUTO_MEM char *told = errors_text(&errors);
	assert_string_equal(told, "InvalidEdgeParameterType [\"by\",\"on\",\"Int!\",null] 1:13; "
				  "InvalidEdgeParameterType [\"by\",\"on\",\"Int!\",null] 1:17");
}

static void test_defaults_are_filled_in(void **state)
{
	AUTO(tf_schema) s = songs();
	AUTO(tf_query) q = good(s, "{ Song(names: [\"a\", \"b\"], longest: null) { parts(from: -3) { name @output } } }");
	const struct tf_value *p = q->vertices[0].edge.params;
	assert_int_equal(p[0].i, 120);
	assert_int_equal(p[1].kind, TF_NULL);
	assert_int_equal(p[2].n, 2);
	assert_string_equal(p[2].v[1].s, "b");
	AUTO(tf_query) whole = good(s, "{ Song(longest: -4) { name @output } }");
	assert_float_equal(whole->vertices[0].edge.params[1].f, -4, 0);
	p = q->vertices[1].edge.params;
	assert_int_equal(p[0].i, -3);
	assert_int_equal(p[1].i, 8);
}

static void test_a_plan_can_be_explained(void **state)
{
	AUTO(tf_schema) s = songs();
	AUTO(tf_query) q = good(s, "{ Song(tempo: 90) { name @output plays @tag @filter(op: \">\", value: [\"$least\"]) near @optional { ... on Song { "
				   "tags @filter(op: \"contains\", value: [\"$tag\"]) } } next @recurse(depth: 3) { name @filter(op: \"regex\", "
				   "value: [\"$like\"]) parts: heard @fold @transform(op: \"count\") @filter(op: \"<\", value: [\"%plays\"]) "
				   "@output(name: \"n\") { bars @output plays @filter(op: \"=\", value: [\"%plays\"]) } } } }");
	AUTO_STRBUF b = STRBUF_INIT;
	assert_int_equal(tf_query_explain(q, &b), 0);
	assert_string_equal(b.s, "1. Song(tempo: 90, longest: null, names: null) -> Song\n"
				 "  if plays > $least (told to the adapter)\n"
				 "  put out name as name: String!\n"
				 "2. from 1: near -> Thing, only Song, optional\n"
				 "  if tags contains $tag\n"
				 "3. from 1: next(far: null) -> Thing, recursed to depth 3 through Sounding\n"
				 "  if name regex $like\n"
				 "fold 1, for each of 3, counted:\n"
				 "  4. from 3: heard -> Song\n"
				 "    if plays = plays of 1 (told to the adapter)\n"
				 "    put out bars as partsbars: [Int!]!\n"
				 "  if count of fold 1 < plays of 1\n"
				 "  put out the count as n: Int!\n"
				 "needs $least: Int!, $like: String!, $tag: String!\n");
}

static void test_operators_have_names(void **state)
{
	assert_string_equal(plan_op_name(PLAN_IS_NULL), "is_null");
	assert_string_equal(plan_op_name(PLAN_GREATER_EQUAL), ">=");
	assert_string_equal(plan_op_name(PLAN_NOT_REGEX), "not_regex");
	assert_string_equal(plan_op_name(PLAN_OP_COUNT), "?");
}

/* ---- memory ---- */

static int work_good(void *arg, struct err *err)
{
	static const char text[] = "{ Song(names: [\"a\"]) { x: near @fold @transform(op: \"count\") @tag(name: \"n\") @output { name @output } heard "
				   "@recurse(depth: 2) { bars @filter(op: \"=\", value: [\"%n\"]) @filter(op: \"<\", value: [\"$m\"]) @output } } }";
	(void)err;
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	AUTO(tf_query) q = NULL;
	return tf_query_compile(arg, text, sizeof(text) - 1, &q, &errors);
}

static void test_compiling_survives_without_memory(void **state)
{
	AUTO(tf_schema) s = songs();
	assert_true(starve_exhaust(STARVE_ONE, "query", false, work_good, s) > 3);
	(void)starve_exhaust(STARVE_ALL_FROM, "query", false, work_good, s);
}

/* A mistake may be told with less than there is to say, but it is never taken for none. */
static void test_mistakes_are_found_without_memory(void **state)
{
	AUTO(tf_schema) s = songs();
	for (size_t i = 0; i < COUNT_OF(mistakes); i += 7) {
		for (long n = 1;; n++) {
			AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
			AUTO(tf_query) q = NULL;
			starve_one(n);
			int r = tf_query_compile(s, mistakes[i].query, strlen(mistakes[i].query), &q, &errors);
			bool starved = starve_end();
			assert_true(r == -EINVAL || (starved && r == -ENOMEM));
			if (!starved)
				break;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_mistake_has_its_kind_place_and_hint),
		cmocka_unit_test(test_text_that_is_no_query_is_told_with_a_hint),
		cmocka_unit_test(test_hints_name_the_nearest),
		cmocka_unit_test(test_a_mistake_is_shown_in_its_line),
		cmocka_unit_test(test_mistakes_need_not_be_asked_for),
		cmocka_unit_test(test_size_and_nesting_are_bounded),
		cmocka_unit_test(test_what_is_just_within_the_bounds_is_accepted),
		cmocka_unit_test(test_many_mistakes_are_told_up_to_the_bound),
		cmocka_unit_test(test_outputs_and_variables_have_names_and_types),
		cmocka_unit_test(test_tags_fit_when_types_are_the_same_but_for_null),
		cmocka_unit_test(test_a_plan_names_its_steps),
		cmocka_unit_test(test_recursion_follows_the_edge_of_where_it_leads),
		cmocka_unit_test(test_recursion_goes_on_with_values_that_the_wider_edge_takes),
		cmocka_unit_test(test_defaults_are_filled_in),
		cmocka_unit_test(test_a_plan_can_be_explained),
		cmocka_unit_test(test_operators_have_names),
		cmocka_unit_test(test_compiling_survives_without_memory),
		cmocka_unit_test(test_mistakes_are_found_without_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
