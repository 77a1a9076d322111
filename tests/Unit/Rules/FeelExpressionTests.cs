using System.Diagnostics;
using Tongban.Rules;
using Xunit;

namespace Tongban.Tests.Unit.Rules;

public sealed class FeelExpressionTests
{
    static FeelValue Value(string text, FeelContext? context = null) =>
        FeelExpression.Parse(text, context?.Keys ?? []).Evaluate(context).Value;

    [Theory]
    [InlineData("2 + 3 * 4", "14")]
    [InlineData("-3 ** 2", "9")]
    [InlineData("2 ** 3 ** 2", "64")]
    [InlineData("10 - 2 - 3", "5")]
    [InlineData("0.1 + 0.2 = 0.3", "true")]
    [InlineData("1 / 3 * 3 = 1", "false")]
    [InlineData("if 1 > 2 then \"a\" else \"b\"", "b")]
    [InlineData("for x in 1..3, y in [10, 20] return x * y", "[10, 20, 20, 40, 30, 60]")]
    [InlineData("for i in 0..4 return if i = 0 then 1 else i * partial[-1]", "[1, 1, 2, 6, 24]")]
    [InlineData("some x in [1, 2, 3] satisfies x > 2", "true")]
    [InlineData("every x in [] satisfies x > 2", "true")]
    [InlineData("[{a: 1}, {a: 2}, {a: 3}][a > 1].a", "[2, 3]")]
    [InlineData("[1, 2, 3, 4][item > 2]", "[3, 4]")]
    [InlineData("[1, 2, 3][-1]", "3")]
    [InlineData("5 in [1..5[", "false")]
    [InlineData("5 in (> 4, < 2)", "true")]
    [InlineData("date(\"2024-01-31\") + duration(\"P1M\")", "2024-02-29")]
    [InlineData("date(\"2026-03-01\") - date(\"2026-02-01\")", "P28D")]
    [InlineData("{f: function(n) if n = 0 then 1 else n * f(n - 1), r: f(5)}.r", "120")]
    [InlineData("string length(\"通办🐎\")", "3")]
    [InlineData("substring(\"长三角一体化\", -3)", "一体化")]
    [InlineData("replace(\"上海市\", \"市$\", \"\")", "上海")]
    [InlineData("sort([3, 1, 2], function(a, b) a > b)", "[3, 2, 1]")]
    public void Expressions_give_what_the_standard_says(string text, string expected) =>
        Assert.Equal(expected, Value(text).ToString());

    [Theory]
    [InlineData("null and true")]
    [InlineData("1 = \"1\"")]
    [InlineData("1 < null")]
    [InlineData("1 / 0")]
    [InlineData("\"a\" + 1")]
    [InlineData("nothing known")]
    [InlineData("date(\"2023-02-29\")")]
    [InlineData("9999999999999999999999999999 * 10")]
    public void What_has_no_answer_is_null_and_says_why(string text)
    {
        var expression = FeelExpression.Parse(text);
        var result = expression.Evaluate();
        Assert.True(result.Value.IsNull);
        if (text != "null and true")
            Assert.NotEmpty(result.Diagnostics);
    }

    [Theory]
    [InlineData("false and null", false)]
    [InlineData("null and false", false)]
    [InlineData("true or null", true)]
    [InlineData("null or true", true)]
    public void Logic_has_three_values(string text, bool expected) => Assert.Equal(FeelValue.Of(expected), Value(text));

    [Fact]
    public void Names_may_hold_blanks_signs_and_Chinese()
    {
        var context = new FeelContext { { "Monthly Income", 100 }, { "a-b", 7 }, { "a", 1 }, { "b", 2 }, { "申请人 年龄", 61 }, { "户籍", "34" } };
        Assert.Equal(FeelValue.Of(new Number(1200)), Value("Monthly Income * 12", context));
        Assert.Equal(FeelValue.Of(new Number(7)), Value("a-b", context));
        Assert.Equal(FeelValue.Of(new Number(3)), Value("a + b", context));
        Assert.Equal(FeelValue.True, Value("申请人 年龄 >= 60 and 户籍 in (\"31\", \"34\")", context));
    }

    [Fact]
    public void A_syntax_error_names_its_place()
    {
        var wrong = FeelExpression.Parse("1 + ");
        Assert.Contains(wrong.Diagnostics, d => d.Code == "feel.syntax" && d.MessageEn.Contains("character 5", StringComparison.Ordinal));
        Assert.True(wrong.Evaluate().Value.IsNull);
    }

    [Fact]
    public void A_closure_keeps_the_value_its_loop_variable_had() =>
        Assert.Equal("[10, 20]", Value("{fs: for x in [1, 2] return function(y) x * y, r: [fs[1](10), fs[2](10)]}.r").ToString());

    [Theory]
    [InlineData("count(for a in 1..100000, b in 1..100000 return 1)")]
    [InlineData("{f: function(n) f(n + 1), r: f(0)}.r")]
    [InlineData("count(for a in 1..9999999999 return a)")]
    public void A_hostile_expression_is_stopped_by_a_limit(string text)
    {
        var watch = Stopwatch.StartNew();
        var result = FeelExpression.Parse(text).Evaluate(null, new EvaluationOptions { MaxSteps = 200_000 });
        Assert.Contains(result.Diagnostics, d => d.Code == "feel.limit" && d.Severity == Severity.Error);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), "a limit must stop it early");
    }

    [Fact]
    public void Deeply_nested_text_is_refused_not_overflown()
    {
        var deep = FeelExpression.Parse(new string('(', 100_000) + "1" + new string(')', 100_000));
        Assert.Contains(deep.Diagnostics, d => d.Code == "feel.syntax");
    }

    [Fact]
    public void A_pattern_that_backtracks_without_end_gives_null() =>
        Assert.True(Value("matches(\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\", \"^(a+)+$\")").IsNull);

    [Theory]
    [InlineData("-", 5, true)]
    [InlineData("< 18, >= 60", 61, true)]
    [InlineData("< 18, >= 60", 30, false)]
    [InlineData("not(1, 2)", 3, true)]
    [InlineData("not(1, 2)", 2, false)]
    [InlineData("[1..3)", 3, false)]
    [InlineData("? > 3 and even(?)", 4, true)]
    public void Unary_tests_hold_or_not(string tests, int input, bool expected) =>
        Assert.Equal(FeelValue.Of(expected), FeelUnaryTests.Parse(tests).Holds(input).Value);
}
