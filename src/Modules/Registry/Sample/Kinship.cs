namespace Tongban.Registry.Sample;

/// <summary>与户主关系: how a member stands to the head of the household (GB/T 4761-2008, the terms of the register).</summary>
static class Kinship
{
    public static string Of(Person person, Person head)
    {
        if (person == head)
            return "户主";
        if (head.Spouse == person)
            return person.Male ? "夫" : "妻";
        if (head.Father == person)
            return "父亲";
        if (head.Mother == person)
            return "母亲";
        // A child may hang on the head's spouse alone, who need not be the other parent.
        if (ChildOf(person, head) || head.Spouse is { } partner && ChildOf(person, partner))
            return person.Male ? "子" : "女";
        if (person.Spouse is { } spouse && ChildOf(spouse, head))
            return person.Male ? "女婿" : "儿媳";
        if (person.Father is { } father && ChildOf(father, head) || person.Mother is { } mother && ChildOf(mother, head))
            return person.Male ? "孙子" : "孙女";
        if (head.Spouse is { } other && (other.Father == person || other.Mother == person))
            return (head.Male, person.Male) switch
            {
                (true, true) => "岳父",
                (true, false) => "岳母",
                (false, true) => "公公",
                (false, false) => "婆婆",
            };
        return head.Father is not null && head.Mother is not null && person.Father == head.Father ? "兄弟姐妹" : "其他亲属";
    }

    static bool ChildOf(Person person, Person parent) => person.Father == parent || person.Mother == parent;
}
