using System.Reflection;
using System.Xml.Linq;

namespace Eplb.HelpBuilder;

/// <summary>The documentation files that the compiler wrote, looked up by member.</summary>
internal sealed class XmlDocs
{
    private readonly Dictionary<string, XElement> _members = [];

    /// <summary>Reads documentation files.</summary>
    /// <param name="files">Paths of the .xml files beside the assemblies.</param>
    public XmlDocs(IEnumerable<string> files)
    {
        foreach (XElement member in files.SelectMany(file => XDocument.Load(file, LoadOptions.PreserveWhitespace).Descendants("member")))
            _members[(string)member.Attribute("name")!] = member;
    }

    /// <summary>The documentation of a type, or null.</summary>
    /// <param name="type">A type of the module.</param>
    public XElement? Find(Type type) => Find("T:" + type.FullName!.Replace('+', '.'));

    /// <summary>The documentation of a property or field, or null.</summary>
    /// <param name="member">A member; one that is inherited is looked up where it is declared.</param>
    public XElement? Find(MemberInfo member) =>
        Find($"{(member is PropertyInfo ? 'P' : 'F')}:{member.DeclaringType!.FullName!.Replace('+', '.')}.{member.Name}");

    private XElement? Find(string id) => _members.GetValueOrDefault(id);
}
