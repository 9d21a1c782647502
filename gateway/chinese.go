package gateway

import (
	"strings"

	"golang.org/x/text/language"

	"todokit/pkg/errs"
	"todokit/pkg/rest"
	"todokit/pkg/timezone"
)

// chinese is what problems say in Chinese. Tests demand an entry for every error
// code, field code, detail and argument that there is.
var chinese = rest.Translation{
	Tag: language.Chinese,
	Titles: map[string]string{ //nolint:gosec // words about passwords are none
		"INTERNAL":          "服务器出了问题。",
		"INVALID_ARGUMENT":  "请求中有无效的字段。",
		"UNAUTHENTICATED":   "需要有效的访问令牌。",
		"PERMISSION_DENIED": "此令牌无权执行该操作。",
		"UNAVAILABLE":       "服务暂时不可用。",
		"OVERLOADED":        "服务目前负载过高。",
		"TOO_MANY_AT_ONCE":  "您同时进行的请求过多。",
		"DEADLINE_EXCEEDED": "请求处理超时。",
		"CANCELLED":         "调用方已断开连接。",
		"OUTCOME_UNKNOWN":   "无法确定更改是否已生效，请重新读取。",

		"ROUTE_NOT_FOUND":        "此地址没有任何内容。",
		"METHOD_NOT_ALLOWED":     "此地址不支持该方法。",
		"UNSUPPORTED_MEDIA_TYPE": "此处不支持该类型的请求正文。",
		"BODY_TOO_LARGE":         "请求正文过大。",
		"BODY_TOO_SLOW":          "请求正文传输过慢。",
		"AMBIGUOUS_LENGTH":       "请求同时带有 Content-Length 和 Transfer-Encoding。",
		"MALFORMED_BODY":         "请求正文不是格式正确的 JSON 对象。",
		"RATE_LIMITED":           "短时间内请求过多。",
		"MALFORMED_QUERY":        "地址中的查询部分格式有误。",
		"UNKNOWN_ENTITY_TAG":     "If-Match 中没有本服务给出的标签；请发送读取时得到的 ETag，或加引号的 version。",

		"USER_NAME_TAKEN":   "该用户名已被占用。",
		"STALE_VERSION":     "自您读取之后，它已被更改。",
		"WRONG_PASSWORD":    "当前密码不正确。",
		"BAD_CREDENTIALS":   "用户名或密码错误。",
		"BAD_REFRESH_TOKEN": "刷新令牌已失效。",
		"SESSION_NOT_FOUND": "没有这个会话。",

		"ACCESS_TOKEN_NOT_FOUND": "没有这个访问令牌。",
		"ACCESS_TOKEN_LIMIT":     "该账户的访问令牌数量已达上限。",
		"SCOPE_NOT_HELD":         "访问令牌不能授予它自己没有的权限。",
		"TOO_MANY_ATTEMPTS":      "失败的尝试过多，请稍候再试。",
		"TOO_MANY_REGISTRATIONS": "注册的账户过多，请稍候再试。",
		"REGISTRATION_CLOSED":    "此处不开放注册。",
		"BAD_INVITATION":         "在此注册需要有效的邀请码。",

		"TASK_NOT_FOUND":         "没有这个任务。",
		"LIST_NOT_FOUND":         "没有这个清单。",
		"INBOX_STAYS":            "收件箱不能删除。",
		"TASK_LIMIT":             "该账户的任务数量已达上限。",
		"LIST_LIMIT":             "该账户的清单数量已达上限。",
		"IDEMPOTENCY_KEY_REUSED": "这个 Idempotency-Key 已用于另一个不同的请求。",
		"ACCOUNT_DELETED":        "该账户已被删除。",
	},
	Details: map[string]string{
		"At byte %d: %s.":            "从第 %[1]s 字节起不符合 JSON 语法。",
		"At most %d bytes are read.": "最多读取 %[1]s 字节。",
		"It must be name=value pairs, separated by & and percent-encoded.":           "必须是以 & 分隔、经百分号编码的 名称=值。",
		"The %s service cannot be reached.":                                          "%[1]s服务无法访问。",
		"The Content-Encoding of a body must be identity.":                           "请求正文的 Content-Encoding 必须是 identity。",
		"The Content-Type must be %s.":                                               "Content-Type 必须是 %[1]s。",
		"The charset must be utf-8.":                                                 "charset 必须是 utf-8。",
		"The body begins with a byte order mark (U+FEFF), which JSON must not have.": "请求正文以字节顺序标记（U+FEFF）开头，而 JSON 不允许有该标记。",
		"The body could not be read to its end.":                                     "无法完整读取请求正文。",
		"The body did not arrive in time.":                                           "请求正文未能及时送达。",
		"The body has an unexpected end, at byte %d.":                                "请求正文在第 %[1]s 字节处意外结束。",
		"The body is empty.":                                                         "请求正文为空。",
		"The body is in UTF-16 or UTF-32; JSON must be in UTF-8.":                    "请求正文使用了 UTF-16 或 UTF-32，而 JSON 必须使用 UTF-8。",
		"The body is not a JSON object.":                                             "请求正文不是 JSON 对象。",
		"The body is not valid UTF-8.":                                               "请求正文不是有效的 UTF-8。",
		"The body nests deeper than %d levels.":                                      "请求正文的嵌套超过 %[1]s 层。",
		"The service did not get done in time.":                                      "服务未能及时完成。",
		"Too many changes at the same time.":                                         "同时进行的更改过多。",
		"Too much is being received or sent.":                                        "正在接收或发送的数据过多。",
	},
	Fields: map[string]string{
		errs.FieldRequired:   "必填",
		errs.FieldTooShort:   "至少要有 %s 个字符",
		errs.FieldTooLong:    "最多只能有 %s 个字符",
		errs.FieldTooLarge:   "最多只能有 %s 字节",
		errs.FieldTooMany:    "最多只能有 %s 项",
		errs.FieldRange:      "必须在 %s 范围内",
		errs.FieldFormat:     "必须是%s",
		errs.FieldOneOf:      "必须是以下之一：%s",
		errs.FieldUnknown:    "不是已知的字段",
		errs.FieldReadOnly:   "不能设置",
		errs.FieldBadText:    "必须是不含 NUL 的有效 UTF-8 文本",
		errs.FieldControl:    "不能含有控制字符",
		errs.FieldMismatch:   "与 %s 不一致",
		errs.FieldWrongValue: "不正确",
		errs.FieldTooCommon:  "过于常见",
		errs.FieldRepeated:   "只能给出一次",
	},
	Arg: chineseArg,
}

// chineseArgs are the arguments that are words.
var chineseArgs = map[string]string{ //nolint:gosec // words about tokens are none
	"a string":          "字符串",
	"an integer":        "整数",
	"a number":          "数字",
	"a finite number":   "有限的数字",
	"a list of strings": "字符串列表",
	idFormat:            "由 26 个字符组成的标识符",
	expiryFormat:        "时刻（如 2026-11-22T09:30:00Z）",
	keyFormat:           " 1 至 200 个可见 ASCII 字符",
	rest.InstantFormat:  "日期（如 2026-11-22）或时刻（如 2026-11-22T09:30:00Z）",
	rest.PlusFormat:     "日期（如 2026-11-22）或时刻（如 2026-11-22T09:30:00Z）；查询中的 + 表示空格，请改写为 %2B",
	rest.TagFormat:      " * 或实体标签列表（如 \"3\"）",

	"the next_page_token of a page of the same query": "同一查询某一页的 next_page_token",
	timezone.Format:                      " IANA 时区数据库中的名称（如 Asia/Shanghai）",
	"letters, digits, '.', '_' and '-'":  "字母、数字、“.”、“_”和“-”",
	"free of the user name":              "不含用户名的文本",
	"at or before due":                   "不晚于 due 的时间",
	"at or after start":                  "不早于 start 的时间",
	"the account":                        "该账户",
	"a time to come":                     "将来的时刻",
	"a ULID made within a day of now":    "一天之内生成的 ULID",
	"a timestamp of the years 1 to 9999": "公元 1 至 9999 年之间的时间戳",
	"an IP address":                      " IP 地址",
	"printable ASCII":                    "可打印的 ASCII 字符",
	"16 bytes":                           " 16 字节",
	"0 and more":                         " 0 及以上",
	"task":                               "任务",
	"user":                               "用户",
}

// chineseArg translates an argument; a range of numbers needs no entry.
func chineseArg(english string) string {
	if known, ok := chineseArgs[english]; ok {
		return known
	}
	return strings.NewReplacer(" to ", " 至 ", " or ", " 或 ", " (years)", "（年）").Replace(english)
}
