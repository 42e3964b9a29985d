using System.Text;
using Eplb.Hosting;

Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
try
{
    var commandLine = CommandLine.Parse(args);
    using var edition = ModuleEdition.Find(commandLine.Manifest, commandLine.Edition, AppContext.BaseDirectory);
    using var session = new Session(new ConsoleHost());
    Console.CancelKeyPress += (_, key) => key.Cancel = session.Stop();
    return session.ImportModule(edition.Manifest) ? session.Run(commandLine.Script) : ExitCode.Failed;
}
catch (UsageException problem)
{
    await Console.Error.WriteLineAsync(problem.Message);
    return ExitCode.Usage;
}
