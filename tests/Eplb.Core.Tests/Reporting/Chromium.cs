using System.ComponentModel;
using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Eplb.Tests;

/// <summary>A page in a real headless Chromium without a network, driven over the browser's own protocol.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome"];

    private readonly Process _process;
    private readonly DirectoryInfo _profile;
    private readonly ClientWebSocket _socket = new();
    private readonly List<JsonNode> _events = [];
    private int _id;

    private Chromium(Process process, DirectoryInfo profile) => (_process, _profile) = (process, profile);

    /// <summary>What the browser said of its own accord: console messages, exceptions, requests, broken policies.</summary>
    public IReadOnlyList<JsonNode> Events => _events;

    /// <summary>Opens a file; skips the test where no Chromium is installed.</summary>
    public static async Task<Chromium> Open(string file, int width = 1280, string colours = "light")
    {
        DirectoryInfo profile = Directory.CreateTempSubdirectory();
        Process process = Names.Select(name => TryStart(name, profile)).FirstOrDefault(started => started is not null)
            ?? throw new SkipException("Chromium is not installed (Debian: apt-get install chromium).");
        var browser = new Chromium(process, profile);
        await browser.Connect();
        foreach (string domain in new[] { "Page", "Runtime", "Log", "Network" }) await browser.Send($"{domain}.enable");
        await browser.Send("Emulation.setDeviceMetricsOverride", new { width, height = 900, deviceScaleFactor = 1, mobile = false });
        await browser.Send("Emulation.setEmulatedMedia", new { features = new[] { new { name = "prefers-color-scheme", value = colours } } });
        await browser.Send("Page.navigate", new { url = new Uri(file).AbsoluteUri });
        while (await browser.Evaluate("document.readyState") is not "complete") await Task.Delay(50);
        return browser;
    }

    /// <summary>Value of an expression in the page, as text.</summary>
    public async Task<string> Evaluate(string expression)
    {
        JsonNode answer = await Send("Runtime.evaluate", new { expression = $"String({expression})" });
        return answer["result"]!["value"]!.GetValue<string>();
    }

    /// <summary>Presses and releases a key.</summary>
    public async Task Press(string key)
    {
        int code = key switch { "Tab" => 9, "Escape" => 27, "ArrowRight" => 39, "ArrowDown" => 40, _ => throw new ArgumentOutOfRangeException(nameof(key)) };
        await Send("Input.dispatchKeyEvent", new { type = "rawKeyDown", key, code = key, windowsVirtualKeyCode = code });
        await Send("Input.dispatchKeyEvent", new { type = "keyUp", key, code = key, windowsVirtualKeyCode = code });
    }

    /// <summary>The page as it would be printed.</summary>
    public async Task<byte[]> Print() => Convert.FromBase64String((await Send("Page.printToPDF"))["data"]!.GetValue<string>());

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _profile.Delete(recursive: true);
    }

    private static Process? TryStart(string name, DirectoryInfo profile)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(name,
            [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--host-resolver-rules=MAP * ~NOTFOUND",
                "--remote-debugging-port=0", $"--user-data-dir={profile.FullName}", "about:blank",
            ])
            { RedirectStandardError = true });
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    private async Task Connect()
    {
        // The browser writes where it listens; the page's own address is asked for there.
        _process.BeginErrorReadLine();
        string ports = Path.Combine(_profile.FullName, "DevToolsActivePort");
        for (int tries = 0; !File.Exists(ports) || new FileInfo(ports).Length == 0; tries++)
        {
            if (_process.HasExited || tries == 1200) throw new InvalidOperationException("Chromium does not listen.");
            await Task.Delay(50);
        }

        string port = File.ReadLines(ports).First();
        using var http = new HttpClient();
        JsonNode targets = JsonNode.Parse(await http.GetStringAsync(new Uri($"http://127.0.0.1:{port}/json")))!;
        string page = targets.AsArray().First(target => target!["type"]!.GetValue<string>() == "page")!["webSocketDebuggerUrl"]!.GetValue<string>();
        await _socket.ConnectAsync(new Uri(page), CancellationToken.None);
    }

    private async Task<JsonNode> Send(string method, object? parameters = null)
    {
        int id = ++_id;
        byte[] command = JsonSerializer.SerializeToUtf8Bytes(new { id, method, @params = parameters ?? new { } });
        await _socket.SendAsync(command, WebSocketMessageType.Text, true, CancellationToken.None);
        while (true)
        {
            JsonNode message = JsonNode.Parse(await Receive())!;
            if (message["id"]?.GetValue<int>() == id) return message["result"] ?? throw new InvalidOperationException(message.ToJsonString());
            _events.Add(message);
        }
    }

    private async Task<string> Receive()
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var text = new MemoryStream();
        byte[] buffer = new byte[1 << 16];
        WebSocketReceiveResult part;
        do
        {
            part = await _socket.ReceiveAsync(buffer, timeout.Token);
            text.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);
        return Encoding.UTF8.GetString(text.ToArray());
    }
}
