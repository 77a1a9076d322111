using System.Text.Json;
using Tongban.Rules;
using Tongban.Rules.Authoring;
using Xunit;

namespace Tongban.Tests.Unit.Rules;

public sealed class DmnModelTests
{
    static DecisionTableModel Filing(HitPolicy policy = HitPolicy.First) => new("filing", "备案结论", policy,
        [
            new("参保状态", "参保状态", "string", "\"在保\", \"停保\""),
            new("离沪天数", "离沪天数", "number"),
            new("申请日期", "申请日期", "date"),
        ],
        [new("结论", "string", Values: "\"准予\", \"不予\"", Default: "\"人工\""), new("有效月数", "number", Default: "0")],
        [
            new(["\"在保\"", ">= 1", ">= date(\"2026-01-01\")"], ["\"准予\"", "12"], "医保发〔2022〕22号"),
            new(["\"停保\"", "-", "-"], ["\"不予\"", "0"], "停保期间不享受待遇"),
            new(["-", "> 180", "-"], ["\"准予\"", "6"], ""),
        ])
    { Annotations = ["依据"] };

    static CompiledModel Compiled(DecisionTableModel table)
    {
        var read = DmnModel.Read(DmnWriter.Write(table));
        Assert.Empty(read.Diagnostics);
        var compiled = read.Model!.Compile();
        Assert.Empty(compiled.Diagnostics);
        return compiled;
    }

    static FeelContext Inputs(CompiledModel model, string json) => model.ReadInputs(JsonSerializer.Deserialize<JsonElement>(json));

    [Fact]
    public void A_written_table_is_read_and_decides_with_a_trace()
    {
        var model = Compiled(Filing());
        var result = model.Evaluate("备案结论", Inputs(model, """{"参保状态":"在保","离沪天数":30,"申请日期":"2026-11-22"}"""));
        Assert.Empty(result.Diagnostics);
        Assert.Equal("准予", result.Value.AsContext!["结论"].AsString);
        var fired = Assert.Single(result.Trace);
        Assert.Equal((1, "filing_r1"), (fired.RuleIndex, fired.RuleId));
        Assert.Equal(["医保发〔2022〕22号"], fired.Annotations);
        Assert.Contains(fired.Inputs, i => i.Key == "离沪天数" && i.Value == FeelValue.Of(new Number(30)));
    }

    [Fact]
    public void No_match_takes_the_defaults_and_the_trace_says_so()
    {
        var model = Compiled(Filing());
        var result = model.Evaluate("filing", Inputs(model, """{"参保状态":"在保","离沪天数":0,"申请日期":"2026-11-22"}"""));
        Assert.Equal("人工", result.Value.AsContext!["结论"].AsString);
        Assert.Equal(0, Assert.Single(result.Trace).RuleIndex);
    }

    [Fact]
    public void A_unique_table_with_two_matches_has_no_result()
    {
        var model = Compiled(Filing(HitPolicy.Unique));
        var result = model.Evaluate("filing", Inputs(model, """{"参保状态":"在保","离沪天数":200,"申请日期":"2026-11-22"}"""));
        Assert.True(result.Value.IsNull);
        Assert.Contains(result.Diagnostics, d => d.Code == "dmn.not-unique");
        Assert.Empty(result.Trace);
    }

    [Fact]
    public void A_value_that_is_not_allowed_is_refused()
    {
        var model = Compiled(Filing());
        var result = model.Evaluate("filing", Inputs(model, """{"参保状态":"未知","离沪天数":1,"申请日期":"2026-11-22"}"""));
        Assert.True(result.Value.IsNull);
        Assert.Contains(result.Diagnostics, d => d.Code == "dmn.input-not-allowed");
    }

    [Fact]
    public void A_table_survives_the_way_to_XML_and_back()
    {
        var table = Filing();
        var xml = DmnWriter.Write(table);
        var again = Assert.Single(DecisionTables.In(DmnModel.Read(xml).Model!));
        Assert.Equal(xml, DmnWriter.Write(again));
        Assert.Equal(table.Rules.Select(r => r.Inputs), again.Rules.Select(r => r.Inputs));
    }

    [Fact]
    public void A_document_type_is_refused()
    {
        var read = DmnModel.Read("""<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]><definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/">&x;</definitions>""");
        Assert.Null(read.Model);
        Assert.Equal("dmn.xml", Assert.Single(read.Diagnostics).Code);
    }

    [Fact]
    public void A_decision_that_depends_on_itself_is_named_and_does_not_hang()
    {
        var read = DmnModel.Read("""
            <definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" namespace="n">
              <decision id="a" name="a"><informationRequirement><requiredDecision href="#b"/></informationRequirement><literalExpression><text>b</text></literalExpression></decision>
              <decision id="b" name="b"><informationRequirement><requiredDecision href="#a"/></informationRequirement><literalExpression><text>a</text></literalExpression></decision>
            </definitions>
            """);
        var model = read.Model!.Compile();
        Assert.Contains(model.Diagnostics, d => d.Code == "dmn.cycle");
        Assert.True(model.Evaluate("a", []).Value.IsNull);
    }

    [Fact]
    public void Syntax_errors_carry_element_and_line()
    {
        var model = DmnModel.Read("""
            <definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" namespace="n">
              <decision id="a" name="a">
                <literalExpression><text>1 +</text></literalExpression>
              </decision>
            </definitions>
            """).Model!.Compile();
        var wrong = Assert.Single(model.Diagnostics);
        Assert.Equal(("feel.syntax", "a", 3), (wrong.Code, wrong.ElementId, wrong.Line));
    }

    [Fact]
    public void Cases_beside_a_table_are_run_and_a_wrong_one_is_found()
    {
        var file = RuleTests.Read("""
            [{"name":"在保","inputs":{"参保状态":"在保","离沪天数":30,"申请日期":"2026-11-22"},"expected":{"结论":"准予","有效月数":12}},
             {"name":"错","inputs":{"参保状态":"停保","离沪天数":30,"申请日期":"2026-11-22"},"expected":{"结论":"准予","有效月数":12}}]
            """);
        Assert.Null(file.Error);
        Assert.Equal([true, false], RuleTests.Run(Compiled(Filing()), file.Tests).Select(o => o.Passed));
        Assert.NotNull(RuleTests.Read("{}").Error);
    }

    [Fact]
    public void One_model_serves_many_threads()
    {
        var model = Compiled(Filing());
        Parallel.For(0, 2000, i =>
        {
            var days = i % 3;
            var result = model.Evaluate("filing", new FeelContext
            {
                { "参保状态", "在保" }, { "离沪天数", days }, { "申请日期", FeelValue.Of(FeelDate.Parse("2026-11-22")) },
            });
            Assert.Equal(days >= 1 ? "准予" : "人工", result.Value.AsContext!["结论"].AsString);
        });
    }
}
