using System.Management.Automation;
using System.Text;
using System.Xml;
using Eplb.HelpBuilder;

if (args is not ([_, _] or [_, _, "--docs", _]))
{
    await Console.Error.WriteLineAsync("Usage: Eplb.HelpBuilder <module manifest> <folder of the documentation files> [--docs <folder for Markdown pages>]");
    return 64;
}

string manifest = Path.GetFullPath(args[0]);
string root = Path.GetDirectoryName(manifest)!;
var docs = new XmlDocs(Directory.GetFiles(args[1], "Eplb.*.xml"));
CmdletInfo[] cmdlets = [.. ModuleEngine.Import(manifest).ExportedCmdlets.Values.OrderBy(cmdlet => cmdlet.Name, StringComparer.Ordinal)];
var reader = new CommandReader(docs, [.. cmdlets.Select(cmdlet => cmdlet.Name)]);
CommandHelp[] help = [.. cmdlets.Select(reader.Read)];

var topics = new AboutTopic(docs, help);
(string Name, string Text)[] abouts = [.. Directory.GetFiles(Path.Combine(root, "module"), "about_*.help.txt").Select(source => (Path.GetFileName(source), topics.Fill(File.ReadAllText(source))))];

string[] gaps = [.. help.SelectMany(Completeness.GapsOf), .. topics.Gaps];
foreach (string gap in gaps) Console.WriteLine($"Eplb.HelpBuilder : error EPLBHELP: {gap}");
if (gaps.Length > 0) return 1;

string culture = Directory.CreateDirectory(Path.Combine(root, "en-US")).FullName;
foreach ((string name, string text) in abouts) File.WriteAllText(Path.Combine(culture, name), text);
var settings = new XmlWriterSettings { Indent = true, NewLineChars = "\n", Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false) };
using (var writer = XmlWriter.Create(Path.Combine(culture, "Eplb.PowerShell.dll-Help.xml"), settings)) MamlWriter.Write(help).Save(writer);

if (args is [_, _, _, string pages])
{
    Directory.CreateDirectory(pages);
    foreach (CommandHelp page in help) File.WriteAllText(Path.Combine(pages, $"{page.Name}.md"), MarkdownWriter.Write(page));
}

return 0;
