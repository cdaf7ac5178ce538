<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="ko">
<context>
    <name>FileNotice</name>
    <message>
        <source>The disk is full.</source>
        <translation>디스크가 가득 찼습니다.</translation>
    </message>
    <message>
        <source>Make room or choose another folder, then press “Try again”.</source>
        <translation>공간을 확보하거나 다른 폴더를 고른 뒤 “다시 시도”를 누르세요.</translation>
    </message>
    <message>
        <source>The result exists already.</source>
        <translation>결과가 이미 있습니다.</translation>
    </message>
    <message>
        <source>Choose in the output settings what shall become of it, then press “Try again”.</source>
        <translation>출력 설정에서 어떻게 할지 고른 뒤 “다시 시도”를 누르세요.</translation>
    </message>
    <message>
        <source>The result may not be written there.</source>
        <translation>그곳에는 결과를 쓸 권한이 없습니다.</translation>
    </message>
    <message>
        <source>Choose a folder that is yours, then press “Try again”.</source>
        <translation>쓸 수 있는 폴더를 고른 뒤 “다시 시도”를 누르세요.</translation>
    </message>
    <message>
        <source>Two recordings would have the same result.</source>
        <translation>두 녹음 파일의 결과가 같은 이름이 됩니다.</translation>
    </message>
    <message>
        <source>Rename one of them, or clean them into different folders.</source>
        <translation>하나의 이름을 바꾸거나 서로 다른 폴더에 저장하세요.</translation>
    </message>
    <message>
        <source>The result cannot be written.</source>
        <translation>결과를 쓸 수 없습니다.</translation>
    </message>
    <message>
        <source>Choose another folder or file type, then press “Try again”.</source>
        <translation>다른 폴더나 파일 형식을 고른 뒤 “다시 시도”를 누르세요.</translation>
    </message>
    <message>
        <source>The recording is not there any more.</source>
        <translation>녹음 파일이 더 이상 없습니다.</translation>
    </message>
    <message>
        <source>Put it back and press “Try again”, or remove it from the list.</source>
        <translation>되돌려 놓고 “다시 시도”를 누르거나 목록에서 빼세요.</translation>
    </message>
    <message>
        <source>The recording may not be read.</source>
        <translation>녹음 파일을 읽을 권한이 없습니다.</translation>
    </message>
    <message>
        <source>Ask its owner for the right to read it.</source>
        <translation>파일 소유자에게 읽기 권한을 요청하세요.</translation>
    </message>
    <message>
        <source>The recording ends too early.</source>
        <translation>녹음 파일이 너무 일찍 끝납니다.</translation>
    </message>
    <message>
        <source>Mark “Take files that end too early” to clean what is there, then press “Try again”.</source>
        <translation>남아 있는 부분이라도 처리하려면 “일찍 끝나는 파일도 처리”를 켠 뒤 “다시 시도”를 누르세요.</translation>
    </message>
    <message>
        <source>This cannot be read as sound.</source>
        <translation>소리로 읽을 수 없습니다.</translation>
    </message>
    <message>
        <source>Hiss reads WAV, FLAC, Ogg, MP3, AIFF and more, from 4 to 384 kHz.</source>
        <translation>Hiss는 4~384 kHz의 WAV, FLAC, Ogg, MP3, AIFF 등을 읽습니다.</translation>
    </message>
    <message>
        <source>The model cannot be used.</source>
        <translation>모델을 쓸 수 없습니다.</translation>
    </message>
    <message>
        <source>Choose another one in the output settings.</source>
        <translation>출력 설정에서 다른 모델을 고르세요.</translation>
    </message>
    <message>
        <source>The settings do not fit together.</source>
        <translation>설정이 서로 맞지 않습니다.</translation>
    </message>
    <message>
        <source>Change the output settings and press Start again.</source>
        <translation>출력 설정을 바꾸고 시작을 다시 누르세요.</translation>
    </message>
    <message>
        <source>Cancelled.</source>
        <translation>취소되었습니다.</translation>
    </message>
    <message>
        <source>Something went wrong inside Hiss.</source>
        <translation>Hiss 안에서 문제가 생겼습니다.</translation>
    </message>
    <message>
        <source>Try again; if it stays, report it with the details.</source>
        <translation>다시 시도해 보세요. 계속되면 자세한 내용과 함께 알려 주세요.</translation>
    </message>
</context>
<context>
    <name>Filters</name>
    <message>
        <source>Models (*.safetensors)</source>
        <translation>모델 (*.safetensors)</translation>
    </message>
    <message>
        <source>Recordings (*.wav *.flac *.ogg *.opus *.mp3 *.aiff *.aif *.caf *.w64)</source>
        <translation>녹음 파일 (*.wav *.flac *.ogg *.opus *.mp3 *.aiff *.aif *.caf *.w64)</translation>
    </message>
    <message>
        <source>Tables of sensor values (*.csv *.ndjson *.jsonl)</source>
        <translation>센서 값 표 (*.csv *.ndjson *.jsonl)</translation>
    </message>
</context>
<context>
    <name>Help</name>
    <message>
        <source>What Hiss does</source>
        <translation>Hiss가 하는 일</translation>
    </message>
    <message>
        <source>A small recurrent network listens to sound or to sensors as they arrive, one short step after the other. It keeps a memory, its hidden state, and nothing else of the past: that is why it runs at once, on one core, for hours.</source>
        <translation>작은 순환 신경망이 소리나 센서 값을 들어오는 대로 짧은 단계로 나누어 하나씩 듣습니다. 과거에 대해서는 은닉 상태라는 기억 하나만 간직합니다. 그래서 코어 하나로 지체 없이 몇 시간이고 돌아갑니다.</translation>
    </message>
    <message>
        <source>Live</source>
        <translation>실시간</translation>
    </message>
    <message>
        <source>Cleans what a microphone hears while you speak. The demo in the menu needs no microphone; hold B to compare with the original.</source>
        <translation>말하는 동안 마이크에 들어오는 소리에서 잡음을 없앱니다. 메뉴의 데모는 마이크가 없어도 되며, B 키를 누르고 있으면 원음과 비교할 수 있습니다.</translation>
    </message>
    <message>
        <source>Files</source>
        <translation>파일</translation>
    </message>
    <message>
        <source>Cleans recordings. Drop files or folders anywhere on the window, then listen to each before and after.</source>
        <translation>녹음 파일에서 잡음을 없앱니다. 파일이나 폴더를 창 아무 곳에나 끌어다 놓은 뒤, 하나씩 전과 후를 들어 보세요.</translation>
    </message>
    <message>
        <source>Sensors</source>
        <translation>센서</translation>
    </message>
    <message>
        <source>Learns what is normal in streams of numbers and raises an alert when they leave the band that it predicted.</source>
        <translation>숫자의 흐름에서 무엇이 정상인지 배우고, 예측한 범위를 벗어나면 알립니다.</translation>
    </message>
    <message>
        <source>State</source>
        <translation>상태</translation>
    </message>
    <message>
        <source>Shows the hidden state while it runs: what each cell holds, how far it opens for what is new, and how long it will remember. It stands beside every page.</source>
        <translation>모델이 돌아가는 동안 은닉 상태를 보여 줍니다. 각 칸이 무엇을 담고 있는지, 새로운 것에 얼마나 열리는지, 얼마나 오래 기억하는지 볼 수 있습니다. 모든 페이지 옆에 나타납니다.</translation>
    </message>
    <message>
        <source>Nothing leaves this computer</source>
        <translation>아무것도 이 컴퓨터를 떠나지 않습니다</translation>
    </message>
    <message>
        <source>Sound and sensor rows are worked on here and are sent nowhere, unless you set up a sink that does.</source>
        <translation>소리와 센서 값은 여기에서 처리되며, 내보낼 곳을 직접 설정하지 않는 한 어디로도 보내지 않습니다.</translation>
    </message>
    <message>
        <source>What am I looking at?</source>
        <translation>무엇을 보고 있나요?</translation>
    </message>
    <message>
        <source>Keyboard shortcuts</source>
        <translation>키보드 단축키</translation>
    </message>
    <message>
        <source>Takes noise out of sound and watches sensors with selective state spaces, in real time.</source>
        <translation>선택적 상태 공간 모델로 소리의 잡음을 없애고 센서를 실시간으로 지켜봅니다.</translation>
    </message>
    <message>
        <source>Licence: Apache-2.0. The models that come with it were trained by the project; the data they learned from and its licences are written in each model’s file.</source>
        <translation>라이선스: Apache-2.0. 함께 제공되는 모델은 이 프로젝트에서 학습했습니다. 학습에 쓴 데이터와 그 라이선스는 각 모델 파일에 적혀 있습니다.</translation>
    </message>
    <message>
        <source>It uses these works of others, each under its own licence:</source>
        <translation>다음 프로그램들을 사용하며, 각각의 라이선스를 따릅니다.</translation>
    </message>
    <message>
        <source>Qt is linked as a shared library and may be replaced by another version of it.</source>
        <translation>Qt는 공유 라이브러리로 연결되어 있어 다른 버전으로 바꿀 수 있습니다.</translation>
    </message>
    <message>
        <source>About Hiss</source>
        <translation>Hiss 정보</translation>
    </message>
</context>
<context>
    <name>SensorsBridge</name>
    <message>
        <source>This source cannot be used as it is written.</source>
        <translation>적힌 그대로는 이 소스를 쓸 수 없습니다.</translation>
    </message>
    <message>
        <source>The details say which part is wrong and what may stand there.</source>
        <translation>어느 부분이 잘못되었고 무엇을 적을 수 있는지는 자세히에 나와 있습니다.</translation>
    </message>
    <message>
        <source>This cannot be read.</source>
        <translation>읽을 수 없습니다.</translation>
    </message>
    <message>
        <source>Choose a table with a line for each row and a column for each value, as most programs save it as CSV.</source>
        <translation>대부분의 프로그램이 CSV로 저장하는 것처럼 행마다 한 줄, 값마다 한 열이 있는 표를 고르세요.</translation>
    </message>
    <message>
        <source>The forecaster&apos;s model cannot be used.</source>
        <translation>예측기의 모델을 쓸 수 없습니다.</translation>
    </message>
    <message>
        <source>Choose another model, or a detector that needs none, such as the linear forecaster.</source>
        <translation>다른 모델을 고르거나, 선형 예측기처럼 모델이 필요 없는 탐지기를 고르세요.</translation>
    </message>
    <message>
        <source>This cannot be written.</source>
        <translation>쓸 수 없습니다.</translation>
    </message>
    <message>
        <source>Choose another place, or make room on the disk.</source>
        <translation>다른 위치를 고르거나 디스크 공간을 확보하세요.</translation>
    </message>
    <message>
        <source>This was stopped.</source>
        <translation>중지되었습니다.</translation>
    </message>
    <message>
        <source>Something went wrong.</source>
        <translation>문제가 생겼습니다.</translation>
    </message>
    <message>
        <source>Start it again; if it comes back, report it with the details.</source>
        <translation>다시 시작해 보세요. 또 생기면 자세한 내용과 함께 알려 주세요.</translation>
    </message>
    <message>
        <source>%1 has ended with an error.</source>
        <translation>%1이(가) 오류로 끝났습니다.</translation>
    </message>
    <message>
        <source>%1 cannot be reached; Hiss tries again.</source>
        <translation>%1에 연결할 수 없습니다. Hiss가 다시 시도합니다.</translation>
    </message>
    <message>
        <source>You may not use this device: have your user added to the group that owns it (often dialout) and log in again.</source>
        <translation>이 장치를 쓸 권한이 없습니다. 장치를 소유한 그룹(보통 dialout)에 사용자를 추가한 뒤 다시 로그인하세요.</translation>
    </message>
    <message>
        <source>Nobody listens there: check that the broker or sender runs, and that its address and port are right.</source>
        <translation>그곳에서 응답이 없습니다. 브로커나 보내는 쪽이 실행 중인지, 주소와 포트가 맞는지 확인하세요.</translation>
    </message>
    <message>
        <source>Check that it is switched on and that its address is right.</source>
        <translation>켜져 있는지, 주소가 맞는지 확인하세요.</translation>
    </message>
</context>
<context>
    <name>hiss</name>
    <message>
        <source>no limit</source>
        <translation>제한 없음</translation>
    </message>
    <message>
        <source>%1 dB</source>
        <translation>%1 dB</translation>
    </message>
</context>
<context>
    <name>hiss::AlertModel</name>
    <message>
        <source>unusual</source>
        <translation>이상</translation>
    </message>
    <message>
        <source>no data</source>
        <translation>데이터 없음</translation>
    </message>
    <message>
        <source>limit</source>
        <translation>한계</translation>
    </message>
    <message>
        <source>still on</source>
        <translation>진행 중</translation>
    </message>
    <message>
        <source>marked normal</source>
        <translation>정상으로 표시함</translation>
    </message>
    <message>
        <source>marked as a fault</source>
        <translation>고장으로 표시함</translation>
    </message>
    <message>
        <source>seen</source>
        <translation>확인함</translation>
    </message>
    <message>
        <source>Began</source>
        <translation>시작</translation>
    </message>
    <message>
        <source>Stream</source>
        <translation>스트림</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>종류</translation>
    </message>
    <message>
        <source>Score</source>
        <translation>점수</translation>
    </message>
    <message>
        <source>Channel</source>
        <translation>채널</translation>
    </message>
    <message>
        <source>What happened</source>
        <translation>내용</translation>
    </message>
</context>
<context>
    <name>hiss::AlertPanel</name>
    <message>
        <source>&amp;Normal</source>
        <translation>정상(&amp;N)</translation>
    </message>
    <message>
        <source>Fau&amp;lt</source>
        <translation>고장(&amp;L)</translation>
    </message>
    <message>
        <source>S&amp;een</source>
        <translation>확인(&amp;E)</translation>
    </message>
    <message>
        <source>Alerts</source>
        <translation>알림</translation>
    </message>
    <message>
        <source>Choose an alert to see its moment</source>
        <translation>알림을 고르면 그 순간을 볼 수 있습니다</translation>
    </message>
    <message>
        <source>A note, if you like</source>
        <translation>메모(선택 사항)</translation>
    </message>
    <message>
        <source>What you know of this alert; it is kept with the mark</source>
        <translation>이 알림에 대해 아는 것. 표시와 함께 보관됩니다</translation>
    </message>
    <message>
        <source>This was usual: the detector learns it</source>
        <translation>평소와 같았습니다. 탐지기가 이를 학습합니다</translation>
    </message>
    <message>
        <source>Something was wrong: the detector does not learn it</source>
        <translation>문제가 있었습니다. 탐지기가 이를 학습하지 않습니다</translation>
    </message>
    <message>
        <source>Tell that somebody looks after it</source>
        <translation>누군가 살펴보고 있음을 표시합니다</translation>
    </message>
    <message>
        <source>Not&amp;e:</source>
        <translation>메모(&amp;E):</translation>
    </message>
</context>
<context>
    <name>hiss::Application</name>
    <message>
        <source>something that is no std::exception</source>
        <translation>std::exception이 아닌 예외</translation>
    </message>
    <message>
        <source>Something went wrong</source>
        <translation>문제가 생겼습니다</translation>
    </message>
    <message>
        <source>Hiss could not do what was asked. It goes on, but if it behaves oddly, save your work and start it again.</source>
        <translation>요청한 작업을 하지 못했습니다. Hiss는 계속 실행되지만, 이상하게 움직이면 작업을 저장하고 다시 시작하세요.</translation>
    </message>
</context>
<context>
    <name>hiss::AttenuationSlider</name>
    <message>
        <source>Attenuation limit in decibels</source>
        <translation>감쇠 한계(데시벨)</translation>
    </message>
    <message>
        <source>No sound is turned down by more than this. A limit of 12 to 20 dB keeps some of the room and hides what the model gets wrong.</source>
        <translation>어떤 소리도 이보다 더 줄이지 않습니다. 12~20 dB로 제한하면 공간의 느낌이 조금 남고 모델의 실수가 덜 들립니다.</translation>
    </message>
</context>
<context>
    <name>hiss::EngineFeed</name>
    <message>
        <source>%1 rows were saved in %2.</source>
        <translation>%2에 %1개 행을 저장했습니다.</translation>
    </message>
    <message>
        <source>The picture was saved in %1.</source>
        <translation>그림을 %1에 저장했습니다.</translation>
    </message>
</context>
<context>
    <name>hiss::ExistingQuestion</name>
    <message>
        <source>&amp;Go on where it stopped</source>
        <translation>멈춘 곳부터 계속(&amp;G)</translation>
    </message>
    <message>
        <source>Passes over what an earlier run made from the same recordings with the same settings</source>
        <translation>같은 녹음과 같은 설정으로 이전에 만든 결과는 건너뜁니다</translation>
    </message>
    <message>
        <source>&amp;Keep them</source>
        <translation>그대로 두기(&amp;K)</translation>
    </message>
    <message>
        <source>Passes over the recordings whose results are there</source>
        <translation>결과가 이미 있는 녹음은 건너뜁니다</translation>
    </message>
    <message>
        <source>Re&amp;place them</source>
        <translation>바꾸기(&amp;P)</translation>
    </message>
    <message>
        <source>Makes them again and replaces what is there</source>
        <translation>다시 만들어 기존 결과를 바꿉니다</translation>
    </message>
    <message>
        <source>Do not start</source>
        <translation>시작하지 않음</translation>
    </message>
    <message>
        <source>Of %1 results %2 exist already. What shall become of them?</source>
        <translation>결과 %1개 중 %2개가 이미 있습니다. 어떻게 할까요?</translation>
    </message>
</context>
<context>
    <name>hiss::FileQueueModel</name>
    <message>
        <source>%1 dB</source>
        <translation>%1 dB</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>대기 중</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>처리 중</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>완료</translation>
    </message>
    <message>
        <source>Passed over</source>
        <translation>건너뜀</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>실패</translation>
    </message>
    <message>
        <source>%1 → %2 dB</source>
        <comment>signal-to-noise ratio before and after</comment>
        <translation>%1 → %2 dB</translation>
    </message>
    <message>
        <source>By how much the whole recording became quieter</source>
        <translation>녹음 전체가 얼마나 조용해졌는지</translation>
    </message>
    <message>
        <source>About how far speech lies above the noise, before and after</source>
        <translation>말소리가 잡음보다 얼마나 큰지(대략), 전과 후</translation>
    </message>
    <message>
        <source>running, %1 %</source>
        <translation>처리 중, %1 %</translation>
    </message>
    <message>
        <source>Recording</source>
        <translation>녹음 파일</translation>
    </message>
    <message>
        <source>Length</source>
        <translation>길이</translation>
    </message>
    <message>
        <source>State</source>
        <translation>상태</translation>
    </message>
    <message>
        <source>Removed</source>
        <translation>제거됨</translation>
    </message>
    <message>
        <source>SNR</source>
        <translation>SNR</translation>
    </message>
    <message>
        <source>Message</source>
        <translation>메시지</translation>
    </message>
</context>
<context>
    <name>hiss::FilesBridge</name>
    <message>
        <source>Done before with the same settings.</source>
        <translation>같은 설정으로 이미 처리했습니다.</translation>
    </message>
    <message>
        <source>Its result exists already.</source>
        <translation>결과가 이미 있습니다.</translation>
    </message>
    <message>
        <source>Its result is newer than the recording.</source>
        <translation>결과가 녹음 파일보다 새것입니다.</translation>
    </message>
    <message>
        <source>No model was found.</source>
        <translation>모델을 찾지 못했습니다.</translation>
    </message>
    <message>
        <source>Choose a model file in the output settings.</source>
        <translation>출력 설정에서 모델 파일을 고르세요.</translation>
    </message>
    <message numerus="yes">
        <source>Nothing to do here: found 0 sound files among %n file(s) in “%1”.</source>
        <translation>
            <numerusform>할 일이 없습니다: “%1”의 파일 %n개 중 소리 파일이 없습니다.</numerusform>
        </translation>
    </message>
    <message>
        <source>“%1” cannot be opened.</source>
        <translation>“%1”을(를) 열 수 없습니다.</translation>
    </message>
    <message>
        <source>Hiss cleans WAV, FLAC, Ogg, MP3, AIFF and other sound files.</source>
        <translation>Hiss는 WAV, FLAC, Ogg, MP3, AIFF 등의 소리 파일에서 잡음을 없앱니다.</translation>
    </message>
    <message>
        <source>It is a result of Hiss, or lies in the folder for results.</source>
        <translation>Hiss가 만든 결과이거나 결과 폴더 안에 있습니다.</translation>
    </message>
    <message numerus="yes">
        <source>%n value(s) were too loud for the file and were cut off.</source>
        <translation>
            <numerusform>파일에 담기에 너무 큰 값 %n개를 잘랐습니다.</numerusform>
        </translation>
    </message>
    <message>
        <source>Reading… %1 %</source>
        <translation>읽는 중… %1 %</translation>
    </message>
    <message>
        <source>The report was saved as %1.</source>
        <translation>보고서를 %1(으)로 저장했습니다.</translation>
    </message>
    <message>
        <source>The report could not be saved. %1</source>
        <translation>보고서를 저장할 수 없었습니다. %1</translation>
    </message>
</context>
<context>
    <name>hiss::FilesPage</name>
    <message>
        <source>Output settings</source>
        <translation>출력 설정</translation>
    </message>
    <message>
        <source>See and hear</source>
        <translation>보고 듣기</translation>
    </message>
    <message>
        <source>Files</source>
        <translation>파일</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <comment>tooltip and shortcut</comment>
        <translation>%1 (%2)</translation>
    </message>
    <message>
        <source>&amp;Add files…</source>
        <translation>파일 추가(&amp;A)…</translation>
    </message>
    <message>
        <source>Choose recordings to clean</source>
        <translation>잡음을 없앨 녹음 파일을 고릅니다</translation>
    </message>
    <message>
        <source>Add f&amp;older…</source>
        <translation>폴더 추가(&amp;O)…</translation>
    </message>
    <message>
        <source>Clean all recordings of a folder and the folders in it</source>
        <translation>폴더와 그 하위 폴더의 모든 녹음 파일에서 잡음을 없앱니다</translation>
    </message>
    <message>
        <source>&amp;Start</source>
        <translation>시작(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>취소(&amp;C)</translation>
    </message>
    <message>
        <source>Stop; what is finished stays</source>
        <translation>중지합니다. 끝난 것은 남습니다</translation>
    </message>
    <message>
        <source>&amp;Remove</source>
        <translation>제거(&amp;R)</translation>
    </message>
    <message>
        <source>Take the selected files off the list; they stay on the disk</source>
        <translation>선택한 파일을 목록에서 뺍니다. 디스크의 파일은 그대로입니다</translation>
    </message>
    <message>
        <source>&amp;Try again</source>
        <translation>다시 시도(&amp;T)</translation>
    </message>
    <message>
        <source>Put the selected files, or all that failed, in line again</source>
        <translation>선택한 파일 또는 실패한 모든 파일을 다시 대기열에 넣습니다</translation>
    </message>
    <message>
        <source>C&amp;lear finished</source>
        <translation>끝난 파일 지우기(&amp;L)</translation>
    </message>
    <message>
        <source>Take all files off the list that are done</source>
        <translation>완료된 파일을 모두 목록에서 뺍니다</translation>
    </message>
    <message>
        <source>Save re&amp;port…</source>
        <translation>보고서 저장(&amp;P)…</translation>
    </message>
    <message>
        <source>Write a table of all finished files with their figures</source>
        <translation>끝난 모든 파일의 수치를 표로 저장합니다</translation>
    </message>
    <message>
        <source>Pla&amp;y or pause</source>
        <translation>재생/일시 정지(&amp;Y)</translation>
    </message>
    <message>
        <source>Play the selected finished file</source>
        <translation>선택한 완료 파일을 재생합니다</translation>
    </message>
    <message>
        <source>Hear &amp;before</source>
        <translation>처리 전 듣기(&amp;B)</translation>
    </message>
    <message>
        <source>Play the recording as it was</source>
        <translation>원래 녹음을 재생합니다</translation>
    </message>
    <message>
        <source>Hear a&amp;fter</source>
        <translation>처리 후 듣기(&amp;F)</translation>
    </message>
    <message>
        <source>Play the cleaned recording</source>
        <translation>잡음을 없앤 녹음을 재생합니다</translation>
    </message>
    <message>
        <source>Hear the &amp;difference</source>
        <translation>차이 듣기(&amp;D)</translation>
    </message>
    <message>
        <source>Play what was taken out</source>
        <translation>제거된 소리를 재생합니다</translation>
    </message>
    <message>
        <source>Queue of recordings</source>
        <translation>녹음 파일 대기열</translation>
    </message>
    <message>
        <source>Drop sound files or folders here, or press “Add files…”.</source>
        <translation>소리 파일이나 폴더를 여기에 끌어다 놓거나 “파일 추가…”를 누르세요.</translation>
    </message>
    <message>
        <source>Progress of all files</source>
        <translation>전체 진행률</translation>
    </message>
    <message>
        <source>Looking for sound files…</source>
        <translation>소리 파일을 찾는 중…</translation>
    </message>
    <message>
        <source>Preparing…</source>
        <translation>준비 중…</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>일시 정지됨</translation>
    </message>
    <message>
        <source>%1 of %2 done</source>
        <translation>%2개 중 %1개 완료</translation>
    </message>
    <message>
        <source>%1 failed</source>
        <translation>%1개 실패</translation>
    </message>
    <message>
        <source>about %1 left</source>
        <translation>약 %1 남음</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>일시 정지(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Go on</source>
        <translation>계속(&amp;G)</translation>
    </message>
    <message>
        <source>Let the files in work wait</source>
        <translation>처리 중인 파일을 잠시 멈춥니다</translation>
    </message>
    <message>
        <source>Go on with the files that wait</source>
        <translation>대기 중인 파일을 계속 처리합니다</translation>
    </message>
    <message>
        <source>Clean all files that wait</source>
        <translation>대기 중인 모든 파일의 잡음을 없앱니다</translation>
    </message>
    <message>
        <source>Choose recordings</source>
        <translation>녹음 파일 고르기</translation>
    </message>
    <message>
        <source>Sound (*.wav *.flac *.ogg *.oga *.opus *.mp3 *.aiff *.aif *.caf *.au *.w64 *.rf64);;All files (*)</source>
        <translation>소리 (*.wav *.flac *.ogg *.oga *.opus *.mp3 *.aiff *.aif *.caf *.au *.w64 *.rf64);;모든 파일 (*)</translation>
    </message>
    <message>
        <source>Choose a folder</source>
        <translation>폴더 고르기</translation>
    </message>
    <message>
        <source>Save report</source>
        <translation>보고서 저장</translation>
    </message>
    <message>
        <source>Web page with pictures (*.html);;Table (*.csv);;JSON (*.json)</source>
        <translation>그림이 있는 웹 페이지 (*.html);;표 (*.csv);;JSON (*.json)</translation>
    </message>
    <message>
        <source>files are being cleaned</source>
        <translation>파일의 잡음을 없애는 중</translation>
    </message>
</context>
<context>
    <name>hiss::HorizonView</name>
    <message>
        <source>%1 %</source>
        <translation>%1 %</translation>
    </message>
    <message>
        <source>0 %</source>
        <translation>0 %</translation>
    </message>
    <message>
        <source>Layers of this kind have no fixed time after which they forget.</source>
        <translation>이 종류의 계층에는 잊기까지의 정해진 시간이 없습니다.</translation>
    </message>
</context>
<context>
    <name>hiss::LanesView</name>
    <message>
        <source>Values, predicted bands and scores over time</source>
        <translation>시간에 따른 값, 예측 범위, 점수</translation>
    </message>
    <message>
        <source>Wheel: zoom · drag: scroll back · arrow keys: scroll · End: the newest rows</source>
        <translation>휠: 확대/축소 · 끌기: 뒤로 이동 · 화살표 키: 이동 · End: 최신 행</translation>
    </message>
    <message>
        <source>Start a source above, or try the demo:
the values of each sensor appear here with the band in which they were expected.</source>
        <translation>위에서 소스를 시작하거나 데모를 해 보세요.
각 센서의 값이 예상 범위와 함께 여기에 나타납니다.</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>Score (above 1: alert)</source>
        <translation>점수 (1 초과: 알림)</translation>
    </message>
    <message numerus="yes">
        <source>Score (above 1: alert); %n more channels are not drawn</source>
        <translation>
            <numerusform>점수 (1 초과: 알림). 다른 채널 %n개는 그리지 않음</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>hiss::LatencyPanel</name>
    <message>
        <source>%1 ms</source>
        <translation>%1 ms</translation>
    </message>
    <message>
        <source>Input device</source>
        <translation>입력 장치</translation>
    </message>
    <message>
        <source>Input queue</source>
        <translation>입력 대기열</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>모델</translation>
    </message>
    <message>
        <source>Resampler</source>
        <translation>리샘플러</translation>
    </message>
    <message>
        <source>Output queue</source>
        <translation>출력 대기열</translation>
    </message>
    <message>
        <source>Output device</source>
        <translation>출력 장치</translation>
    </message>
    <message>
        <source>input queue full</source>
        <translation>입력 대기열이 가득 참</translation>
    </message>
    <message>
        <source>output queue empty</source>
        <translation>출력 대기열이 비었음</translation>
    </message>
    <message>
        <source>model late</source>
        <translation>모델이 늦음</translation>
    </message>
    <message>
        <source>output queue full</source>
        <translation>출력 대기열이 가득 참</translation>
    </message>
    <message>
        <source>lost by the input device</source>
        <translation>입력 장치에서 잃음</translation>
    </message>
    <message>
        <source>left out by the output device</source>
        <translation>출력 장치에서 빠짐</translation>
    </message>
    <message>
        <source>How long sound is on its way from the input to the output</source>
        <translation>소리가 입력에서 출력까지 가는 데 걸리는 시간</translation>
    </message>
    <message>
        <source>Time that the model needs for each piece of sound: mostly, and in 99 of 100 cases. It keeps up as long as that is less than the piece lasts.</source>
        <translation>모델이 소리 조각 하나에 쓰는 시간: 보통, 그리고 100번 중 99번. 조각의 길이보다 짧으면 제때 따라갑니다.</translation>
    </message>
    <message>
        <source>How much faster the clock of the input runs than that of the output, in millionths, and how often a device that was lost came back. Clocks that drift are kept in step.</source>
        <translation>입력 시계가 출력 시계보다 얼마나 빠른지(백만분율), 그리고 사라진 장치가 몇 번 돌아왔는지. 어긋나는 시계는 맞춰집니다.</translation>
    </message>
    <message>
        <source>Delay: %1</source>
        <translation>지연: %1</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>Model: %1 / %2 of %3 ms</source>
        <translation>모델: %3 ms 중 %1 / %2</translation>
    </message>
    <message>
        <source>Gaps: %1</source>
        <translation>끊김: %1</translation>
    </message>
    <message>
        <source>Times that sound was lost or came too late:</source>
        <translation>소리를 잃거나 너무 늦은 횟수:</translation>
    </message>
    <message>
        <source>
%1: %2</source>
        <translation>
%1: %2</translation>
    </message>
    <message>
        <source>%1 ppm</source>
        <translation>%1 ppm</translation>
    </message>
    <message>
        <source>one clock</source>
        <translation>같은 시계</translation>
    </message>
    <message>
        <source>Drift: %1 · back: %2</source>
        <translation>편차: %1 · 복귀: %2</translation>
    </message>
</context>
<context>
    <name>hiss::LevelBar</name>
    <message>
        <source>Level: %1</source>
        <translation>레벨: %1</translation>
    </message>
    <message>
        <source>Level in dBFS: the bar shows the mean, the line the peak. The lamp lights when the sound is too loud to be passed on whole, and stays lit until you click it.</source>
        <translation>레벨(dBFS): 막대는 평균, 선은 최댓값입니다. 소리가 너무 커서 온전히 전달할 수 없으면 표시등이 켜지고, 누를 때까지 켜져 있습니다.</translation>
    </message>
</context>
<context>
    <name>hiss::LiveBridge</name>
    <message>
        <source>%1 → %2 → %3, %4 kHz</source>
        <translation>%1 → %2 → %3, %4 kHz</translation>
    </message>
    <message>
        <source>no output</source>
        <translation>출력 없음</translation>
    </message>
    <message>
        <source>No sound device was found.</source>
        <translation>소리 장치를 찾지 못했습니다.</translation>
    </message>
    <message>
        <source>Connect a microphone: it will appear in the list. Until then the demo recording shows what Hiss does.</source>
        <translation>마이크를 연결하면 목록에 나타납니다. 그때까지는 데모 녹음으로 Hiss가 하는 일을 볼 수 있습니다.</translation>
    </message>
    <message>
        <source>The recording cannot be played.</source>
        <translation>녹음 파일을 재생할 수 없습니다.</translation>
    </message>
    <message>
        <source>Choose another recording, or a microphone.</source>
        <translation>다른 녹음 파일이나 마이크를 고르세요.</translation>
    </message>
    <message>
        <source>The microphone cannot be used.</source>
        <translation>마이크를 쓸 수 없습니다.</translation>
    </message>
    <message>
        <source>Close other programs that use it, or choose another input.</source>
        <translation>마이크를 쓰는 다른 프로그램을 닫거나 다른 입력을 고르세요.</translation>
    </message>
    <message>
        <source>The output cannot be used.</source>
        <translation>출력을 쓸 수 없습니다.</translation>
    </message>
    <message>
        <source>Close other programs that use it, or choose another output.</source>
        <translation>출력을 쓰는 다른 프로그램을 닫거나 다른 출력을 고르세요.</translation>
    </message>
    <message>
        <source>The sound cannot be started with these devices.</source>
        <translation>이 장치들로는 소리를 시작할 수 없습니다.</translation>
    </message>
    <message>
        <source>Choose another input or output.</source>
        <translation>다른 입력이나 출력을 고르세요.</translation>
    </message>
    <message>
        <source>The model cannot be used.</source>
        <translation>모델을 쓸 수 없습니다.</translation>
    </message>
    <message>
        <source>Choose another model. What ran before goes on.</source>
        <translation>다른 모델을 고르세요. 전에 돌아가던 것은 계속됩니다.</translation>
    </message>
    <message>
        <source>The sound device is gone.</source>
        <translation>소리 장치가 사라졌습니다.</translation>
    </message>
    <message>
        <source>Connect it again: the sound goes on by itself once it is back.</source>
        <translation>다시 연결하세요. 돌아오면 소리가 저절로 이어집니다.</translation>
    </message>
    <message>
        <source>The sound device is back.</source>
        <translation>소리 장치가 돌아왔습니다.</translation>
    </message>
    <message>
        <source>Nothing can be recorded to this file.</source>
        <translation>이 파일에는 녹음할 수 없습니다.</translation>
    </message>
    <message>
        <source>Choose another folder or another ending, such as .wav.</source>
        <translation>다른 폴더나 .wav 같은 다른 확장자를 고르세요.</translation>
    </message>
    <message>
        <source>The recording has ended because of an error.</source>
        <translation>오류 때문에 녹음이 끝났습니다.</translation>
    </message>
    <message>
        <source>Make room on the disk, or record to another one.</source>
        <translation>디스크 공간을 확보하거나 다른 디스크에 녹음하세요.</translation>
    </message>
    <message>
        <source>The recording is complete: %1</source>
        <translation>녹음을 마쳤습니다: %1</translation>
    </message>
    <message>
        <source>Sound gets no priority on this computer.</source>
        <translation>이 컴퓨터에서는 소리가 우선순위를 얻지 못합니다.</translation>
    </message>
    <message>
        <source>If you hear gaps, choose a longer delay or close other programs.</source>
        <translation>소리가 끊기면 더 긴 지연을 고르거나 다른 프로그램을 닫으세요.</translation>
    </message>
    <message>
        <source>Something went wrong, and the sound has stopped.</source>
        <translation>문제가 생겨 소리가 멈췄습니다.</translation>
    </message>
    <message>
        <source>Start it again.</source>
        <translation>다시 시작하세요.</translation>
    </message>
    <message>
        <source>System’s microphone</source>
        <translation>시스템 마이크</translation>
    </message>
    <message>
        <source>System’s loudspeaker</source>
        <translation>시스템 스피커</translation>
    </message>
    <message>
        <source>What is chosen in the settings of the desktop</source>
        <translation>데스크톱 설정에서 고른 장치</translation>
    </message>
    <message>
        <source>%1, channels: %2</source>
        <translation>%1, 채널: %2</translation>
    </message>
    <message>
        <source>%1 (cannot be used)</source>
        <translation>%1 (쓸 수 없음)</translation>
    </message>
    <message>
        <source>%1 million operations a second</source>
        <translation>초당 연산 %1백만 회</translation>
    </message>
    <message>
        <source>delay %1 ms</source>
        <translation>지연 %1 ms</translation>
    </message>
    <message>
        <source>%1 · PESQ %2</source>
        <translation>%1 · PESQ %2</translation>
    </message>
    <message>
        <source>PESQ (quality of speech, 1 to 4.6): %1</source>
        <translation>PESQ(말소리 품질, 1~4.6): %1</translation>
    </message>
    <message>
        <source>Demo recording</source>
        <translation>데모 녹음</translation>
    </message>
    <message>
        <source>Someone speaks in a noisy café</source>
        <translation>시끄러운 카페에서 누군가 말합니다</translation>
    </message>
    <message>
        <source>A recording…</source>
        <translation>녹음 파일…</translation>
    </message>
    <message>
        <source>A file is played over and over</source>
        <translation>파일 하나를 되풀이해 재생합니다</translation>
    </message>
    <message>
        <source>No output (show only)</source>
        <translation>출력 없음 (보기만)</translation>
    </message>
    <message>
        <source>Nothing is heard</source>
        <translation>아무 소리도 나지 않습니다</translation>
    </message>
    <message>
        <source>Virtual microphone</source>
        <translation>가상 마이크</translation>
    </message>
    <message>
        <source>Other programs can choose “Hiss microphone” as their input</source>
        <translation>다른 프로그램에서 “Hiss microphone”을 입력으로 고를 수 있습니다</translation>
    </message>
    <message>
        <source>A model file…</source>
        <translation>모델 파일…</translation>
    </message>
</context>
<context>
    <name>hiss::LivePage</name>
    <message>
        <source>&amp;Start</source>
        <translation>시작(&amp;S)</translation>
    </message>
    <message>
        <source>Stop recordin&amp;g</source>
        <translation>녹음 중지(&amp;G)</translation>
    </message>
    <message>
        <source>In</source>
        <translation>입력</translation>
    </message>
    <message>
        <source>Out</source>
        <translation>출력</translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation>%1초</translation>
    </message>
    <message>
        <source>How much time the pictures show</source>
        <translation>그림에 보이는 시간</translation>
    </message>
    <message>
        <source>Start or stop the sound (Ctrl+L)</source>
        <translation>소리 시작/중지 (Ctrl+L)</translation>
    </message>
    <message>
        <source>Complete the recording (Ctrl+R)</source>
        <translation>녹음 마치기 (Ctrl+R)</translation>
    </message>
    <message>
        <source>S&amp;how:</source>
        <translation>표시(&amp;H):</translation>
    </message>
    <message>
        <source>Start with the de&amp;mo recording</source>
        <translation>데모 녹음으로 시작(&amp;M)</translation>
    </message>
    <message>
        <source>Needs no microphone: someone speaks in a noisy café</source>
        <translation>마이크가 필요 없습니다: 시끄러운 카페에서 누군가 말합니다</translation>
    </message>
    <message>
        <source>Record the &amp;output…</source>
        <translation>출력 녹음(&amp;O)…</translation>
    </message>
    <message>
        <source>Write what is heard to a file</source>
        <translation>들리는 소리를 파일로 저장합니다</translation>
    </message>
    <message>
        <source>Record the &amp;input…</source>
        <translation>입력 녹음(&amp;I)…</translation>
    </message>
    <message>
        <source>Write what comes in to a file</source>
        <translation>들어오는 소리를 파일로 저장합니다</translation>
    </message>
    <message>
        <source>Record &amp;both…</source>
        <translation>둘 다 녹음(&amp;B)…</translation>
    </message>
    <message>
        <source>Write both to files of the same length</source>
        <translation>둘을 같은 길이의 파일로 저장합니다</translation>
    </message>
    <message>
        <source>Complete the recording</source>
        <translation>녹음을 마칩니다</translation>
    </message>
    <message>
        <source>Re&amp;cord</source>
        <translation>녹음(&amp;C)</translation>
    </message>
    <message>
        <source>Write the sound to a file while it runs</source>
        <translation>돌아가는 동안 소리를 파일로 저장합니다</translation>
    </message>
    <message>
        <source>Recordings (*.wav *.flac *.ogg *.mp3)</source>
        <translation>녹음 파일 (*.wav *.flac *.ogg *.mp3)</translation>
    </message>
    <message>
        <source>Record the input to</source>
        <translation>입력을 녹음할 파일</translation>
    </message>
    <message>
        <source>Record the output to</source>
        <translation>출력을 녹음할 파일</translation>
    </message>
    <message>
        <source>&amp;Stop</source>
        <translation>중지(&amp;S)</translation>
    </message>
    <message>
        <source>Waiting for the first sound…</source>
        <translation>첫 소리를 기다리는 중…</translation>
    </message>
    <message>
        <source>Press Start. If no microphone is at hand, choose the demo recording as input.</source>
        <translation>시작을 누르세요. 마이크가 없으면 데모 녹음을 입력으로 고르세요.</translation>
    </message>
    <message>
        <source>● %1 Stop</source>
        <translation>● %1 중지</translation>
    </message>
    <message>
        <source>Stop recording</source>
        <translation>녹음 중지</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>중지됨</translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>시작하는 중…</translation>
    </message>
    <message>
        <source>Waiting for %1 …</source>
        <translation>%1 기다리는 중 …</translation>
    </message>
    <message>
        <source>a recording is being made</source>
        <translation>녹음하는 중</translation>
    </message>
    <message>
        <source>Live</source>
        <translation>실시간</translation>
    </message>
</context>
<context>
    <name>hiss::LiveView</name>
    <message>
        <source>Pictures of the sound</source>
        <translation>소리 그림</translation>
    </message>
    <message>
        <source>Spectrograms of the noisy and the clean sound and their waveforms, the newest at the right edge</source>
        <translation>잡음 섞인 소리와 깨끗한 소리의 스펙트로그램과 파형. 오른쪽 끝이 최신입니다</translation>
    </message>
    <message>
        <source>Noisy (kHz)</source>
        <translation>잡음 섞임 (kHz)</translation>
    </message>
    <message>
        <source>Clean (kHz)</source>
        <translation>깨끗함 (kHz)</translation>
    </message>
    <message>
        <source>Waveform: </source>
        <translation>파형: </translation>
    </message>
    <message>
        <source>noisy</source>
        <translation>잡음 섞임</translation>
    </message>
    <message>
        <source>clean</source>
        <translation>깨끗함</translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation>%1초</translation>
    </message>
    <message>
        <source>%1, %2 kHz: noisy %3 dB, clean %4 dB</source>
        <translation>%1, %2 kHz: 잡음 섞임 %3 dB, 깨끗함 %4 dB</translation>
    </message>
</context>
<context>
    <name>hiss::MainWindow</name>
    <message>
        <source>Pages</source>
        <translation>페이지</translation>
    </message>
    <message>
        <source>State</source>
        <translation>상태</translation>
    </message>
    <message>
        <source>%1 (Ctrl+%2)</source>
        <translation>%1 (Ctrl+%2)</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>파일(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Open…</source>
        <translation>열기(&amp;O)…</translation>
    </message>
    <message>
        <source>Open recordings, tables of sensor values or a model</source>
        <translation>녹음 파일, 센서 값 표 또는 모델을 엽니다</translation>
    </message>
    <message>
        <source>Open &amp;folder…</source>
        <translation>폴더 열기(&amp;F)…</translation>
    </message>
    <message>
        <source>Clean all recordings of a folder</source>
        <translation>폴더의 모든 녹음 파일에서 잡음을 없앱니다</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>끝내기(&amp;Q)</translation>
    </message>
    <message>
        <source>Close the window; asks if that would end something</source>
        <translation>창을 닫습니다. 진행 중인 일이 있으면 먼저 묻습니다</translation>
    </message>
    <message>
        <source>S&amp;tate</source>
        <translation>상태(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>보기(&amp;V)</translation>
    </message>
    <message>
        <source>Show the page “%1”</source>
        <translation>“%1” 페이지를 보입니다</translation>
    </message>
    <message>
        <source>&amp;Hidden state beside the page</source>
        <translation>페이지 옆에 은닉 상태(&amp;H)</translation>
    </message>
    <message>
        <source>Show the memory of the model that runs, beside every page</source>
        <translation>돌아가는 모델의 기억을 모든 페이지 옆에 보입니다</translation>
    </message>
    <message>
        <source>Hidden state</source>
        <translation>은닉 상태</translation>
    </message>
    <message>
        <source>F&amp;ull screen</source>
        <translation>전체 화면(&amp;U)</translation>
    </message>
    <message>
        <source>Fill the screen, and back</source>
        <translation>화면을 가득 채우거나 되돌립니다</translation>
    </message>
    <message>
        <source>&amp;Colours</source>
        <translation>색(&amp;C)</translation>
    </message>
    <message>
        <source>Light or dark</source>
        <translation>밝게 또는 어둡게</translation>
    </message>
    <message>
        <source>As the &amp;system</source>
        <translation>시스템에 맞춤(&amp;S)</translation>
    </message>
    <message>
        <source>Light or dark as the desktop is</source>
        <translation>데스크톱 설정에 따라 밝게 또는 어둡게</translation>
    </message>
    <message>
        <source>&amp;Light</source>
        <translation>밝게(&amp;L)</translation>
    </message>
    <message>
        <source>Dark text on a light ground</source>
        <translation>밝은 바탕에 어두운 글자</translation>
    </message>
    <message>
        <source>&amp;Dark</source>
        <translation>어둡게(&amp;D)</translation>
    </message>
    <message>
        <source>Light text on a dark ground</source>
        <translation>어두운 바탕에 밝은 글자</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>도움말(&amp;H)</translation>
    </message>
    <message>
        <source>&amp;What am I looking at?</source>
        <translation>무엇을 보고 있나요?(&amp;W)</translation>
    </message>
    <message>
        <source>What the pages are for, in short</source>
        <translation>각 페이지가 하는 일을 짧게 설명합니다</translation>
    </message>
    <message>
        <source>&amp;Keyboard shortcuts</source>
        <translation>키보드 단축키(&amp;K)</translation>
    </message>
    <message>
        <source>All keys of the window and its pages</source>
        <translation>창과 페이지의 모든 단축키</translation>
    </message>
    <message>
        <source>&amp;About Hiss</source>
        <translation>Hiss 정보(&amp;A)</translation>
    </message>
    <message>
        <source>Version and licences</source>
        <translation>버전과 라이선스</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>모든 파일 (*)</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>열기</translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation>폴더 열기</translation>
    </message>
    <message>
        <source>Cannot open %1.</source>
        <translation>%1을(를) 열 수 없습니다.</translation>
    </message>
    <message>
        <source>Hiss opens recordings and folders of them, tables of sensor values (.csv) and models (.safetensors).</source>
        <translation>Hiss는 녹음 파일과 그 폴더, 센서 값 표(.csv), 모델(.safetensors)을 엽니다.</translation>
    </message>
    <message>
        <source>Close Hiss?</source>
        <translation>Hiss를 닫을까요?</translation>
    </message>
    <message>
        <source>Closing the window ends this: %1.</source>
        <translation>창을 닫으면 다음이 끝납니다: %1.</translation>
    </message>
    <message>
        <source>There is no model “%1”.</source>
        <translation>“%1” 모델이 없습니다.</translation>
    </message>
    <message>
        <source>Choose another one in the page&apos;s list.</source>
        <translation>페이지의 목록에서 다른 모델을 고르세요.</translation>
    </message>
</context>
<context>
    <name>hiss::NoticeBar</name>
    <message>
        <source>Details</source>
        <translation>자세히</translation>
    </message>
    <message>
        <source>Show the program&apos;s own words</source>
        <translation>프로그램이 남긴 말을 그대로 보입니다</translation>
    </message>
    <message>
        <source>Close this notice</source>
        <translation>이 안내 닫기</translation>
    </message>
</context>
<context>
    <name>hiss::OutputSettingsPanel</name>
    <message>
        <source>Save to</source>
        <translation>저장 위치</translation>
    </message>
    <message>
        <source>&amp;Model</source>
        <translation>모델(&amp;M)</translation>
    </message>
    <message>
        <source>If the file e&amp;xists</source>
        <translation>파일이 이미 있으면(&amp;X)</translation>
    </message>
    <message>
        <source>&amp;Limit</source>
        <translation>한계(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Strength</source>
        <translation>세기(&amp;S)</translation>
    </message>
    <message>
        <source>File &amp;type</source>
        <translation>파일 형식(&amp;T)</translation>
    </message>
    <message>
        <source>Sa&amp;mple format</source>
        <translation>샘플 형식(&amp;M)</translation>
    </message>
    <message>
        <source>Files at a ti&amp;me</source>
        <translation>동시에 처리할 파일(&amp;M)</translation>
    </message>
    <message>
        <source>&amp;beside the recording</source>
        <translation>녹음 파일 옆에(&amp;B)</translation>
    </message>
    <message>
        <source>Next to each recording, with “denoised” in its name</source>
        <translation>각 녹음 파일 옆에, 이름에 “denoised”를 붙여 저장합니다</translation>
    </message>
    <message>
        <source>in a &amp;folder:</source>
        <translation>폴더에(&amp;F):</translation>
    </message>
    <message>
        <source>Folders that you add come out as the same folders there</source>
        <translation>추가한 폴더는 그곳에도 같은 구조로 만들어집니다</translation>
    </message>
    <message>
        <source>no folder chosen</source>
        <translation>고른 폴더 없음</translation>
    </message>
    <message>
        <source>Folder for the results</source>
        <translation>결과 폴더</translation>
    </message>
    <message>
        <source>Where the results go</source>
        <translation>결과가 저장될 곳</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>고르기…</translation>
    </message>
    <message>
        <source>Choose the folder for the results</source>
        <translation>결과 폴더를 고릅니다</translation>
    </message>
    <message>
        <source>Larger models hear more and take longer</source>
        <translation>큰 모델일수록 더 잘 듣지만 더 오래 걸립니다</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>모델</translation>
    </message>
    <message>
        <source>File…</source>
        <translation>파일…</translation>
    </message>
    <message>
        <source>Use a model from a file</source>
        <translation>파일에 있는 모델을 씁니다</translation>
    </message>
    <message>
        <source>100 %: the cleaned sound; less: with some of the recording as it was</source>
        <translation>100 %: 잡음을 없앤 소리. 그보다 작으면 원래 소리를 섞습니다</translation>
    </message>
    <message>
        <source>Strength in per cent</source>
        <translation>세기(퍼센트)</translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1 %</translation>
    </message>
    <message>
        <source>What kind of file is written</source>
        <translation>저장할 파일의 종류</translation>
    </message>
    <message>
        <source>How samples are stored; what the file type lacks becomes the nearest</source>
        <translation>샘플을 저장하는 방법. 파일 형식에 없으면 가장 가까운 것으로 저장합니다</translation>
    </message>
    <message>
        <source>Ask</source>
        <translation>묻기</translation>
    </message>
    <message>
        <source>Pass over</source>
        <translation>건너뛰기</translation>
    </message>
    <message>
        <source>Replace</source>
        <translation>바꾸기</translation>
    </message>
    <message>
        <source>Replace if older</source>
        <translation>오래된 것이면 바꾸기</translation>
    </message>
    <message>
        <source>Go on where it stopped</source>
        <translation>멈춘 곳부터 계속</translation>
    </message>
    <message>
        <source>“Go on where it stopped” passes over what was made from the same recording with the same settings</source>
        <translation>“멈춘 곳부터 계속”은 같은 녹음과 같은 설정으로 만든 결과를 건너뜁니다</translation>
    </message>
    <message>
        <source>automatic</source>
        <translation>자동</translation>
    </message>
    <message>
        <source>Save what is &amp;removed instead</source>
        <translation>대신 제거된 소리를 저장(&amp;R)</translation>
    </message>
    <message>
        <source>Writes the noise that is taken out</source>
        <translation>없앤 잡음을 저장합니다</translation>
    </message>
    <message>
        <source>&amp;Dither</source>
        <translation>디더(&amp;D)</translation>
    </message>
    <message>
        <source>Adds the faintest noise where the file has fewer bits than the recording, so that rounding does not distort</source>
        <translation>파일의 비트 수가 녹음보다 적을 때 아주 작은 잡음을 더해 반올림 왜곡을 막습니다</translation>
    </message>
    <message>
        <source>Take files that end too earl&amp;y</source>
        <translation>일찍 끝나는 파일도 처리(&amp;Y)</translation>
    </message>
    <message>
        <source>Cleans what is there of a damaged recording</source>
        <translation>손상된 녹음에서 남아 있는 부분의 잡음을 없앱니다</translation>
    </message>
    <message>
        <source>no model found</source>
        <translation>모델을 찾지 못함</translation>
    </message>
    <message>
        <source>as the recording</source>
        <translation>녹음과 같게</translation>
    </message>
    <message numerus="yes">
        <source>Automatic: one on each of the %n processor core(s) of this computer</source>
        <translation>
            <numerusform>자동: 이 컴퓨터의 프로세서 코어 %n개에 하나씩</numerusform>
        </translation>
    </message>
    <message>
        <source>Choose a model file</source>
        <translation>모델 파일 고르기</translation>
    </message>
    <message>
        <source>Hiss models (*.safetensors)</source>
        <translation>Hiss 모델 (*.safetensors)</translation>
    </message>
</context>
<context>
    <name>hiss::PlaybackBar</name>
    <message>
        <source>Hear</source>
        <translation>듣기</translation>
    </message>
    <message>
        <source>Play or pause (Space)</source>
        <translation>재생/일시 정지 (스페이스)</translation>
    </message>
    <message>
        <source>Play or pause</source>
        <translation>재생/일시 정지</translation>
    </message>
    <message>
        <source>Position in the recording</source>
        <translation>녹음에서의 위치</translation>
    </message>
    <message>
        <source>Time played</source>
        <translation>재생 시간</translation>
    </message>
    <message>
        <source>&amp;Before</source>
        <translation>처리 전(&amp;B)</translation>
    </message>
    <message>
        <source>Hear the recording as it was (1)</source>
        <translation>원래 녹음을 듣습니다 (1)</translation>
    </message>
    <message>
        <source>Same &amp;loudness</source>
        <translation>같은 크기로(&amp;L)</translation>
    </message>
    <message>
        <source>Turns the louder of before and after down, so that you compare sound, not loudness</source>
        <translation>전과 후 중 큰 쪽을 줄여, 크기가 아니라 소리를 비교하게 합니다</translation>
    </message>
    <message>
        <source>Play all again instead of the marked part only</source>
        <translation>표시한 부분만이 아니라 전체를 다시 재생합니다</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>일시 정지</translation>
    </message>
    <message>
        <source>Play</source>
        <translation>재생</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <comment>time played, length</comment>
        <translation>%2 중 %1</translation>
    </message>
    <message>
        <source>There is no sound output: it plays without being heard. Plug in headphones or speakers and press Play again.</source>
        <translation>소리 출력이 없어 들리지 않은 채 재생됩니다. 헤드폰이나 스피커를 연결하고 다시 재생을 누르세요.</translation>
    </message>
    <message>
        <source>&amp;Removed</source>
        <translation>제거된 소리(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;After</source>
        <translation>처리 후(&amp;A)</translation>
    </message>
    <message>
        <source>Hear what was taken out (2)</source>
        <translation>제거된 소리를 듣습니다 (2)</translation>
    </message>
    <message>
        <source>Hear the cleaned recording (2)</source>
        <translation>잡음을 없앤 녹음을 듣습니다 (2)</translation>
    </message>
    <message>
        <source>Hear the cleaned recording (3)</source>
        <translation>잡음을 없앤 녹음을 듣습니다 (3)</translation>
    </message>
    <message>
        <source>Hear what was taken out (3)</source>
        <translation>제거된 소리를 듣습니다 (3)</translation>
    </message>
    <message>
        <source>End loop %1 – %2</source>
        <translation>반복 끝내기 %1 – %2</translation>
    </message>
</context>
<context>
    <name>hiss::ResultPanel</name>
    <message>
        <source>Select a finished file to see and hear it before and after.</source>
        <translation>완료된 파일을 고르면 전과 후를 보고 들을 수 있습니다.</translation>
    </message>
    <message>
        <source>What happened to the selected file</source>
        <translation>선택한 파일에 일어난 일</translation>
    </message>
    <message>
        <source>Figures of the selected file</source>
        <translation>선택한 파일의 수치</translation>
    </message>
    <message>
        <source>Spectrograms before and after</source>
        <translation>처리 전과 후의 스펙트로그램</translation>
    </message>
    <message>
        <source>Loud is bright, high is up. Click to play from there; draw with the mouse to play a part again and again.</source>
        <translation>큰 소리는 밝게, 높은 소리는 위에 보입니다. 누르면 그곳부터 재생하고, 마우스로 끌면 그 부분을 되풀이합니다.</translation>
    </message>
    <message>
        <source>Removed</source>
        <translation>제거됨</translation>
    </message>
    <message>
        <source>After</source>
        <translation>처리 후</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>읽는 중…</translation>
    </message>
    <message>
        <source>Details: %1</source>
        <translation>자세히: %1</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>처리 전</translation>
    </message>
    <message>
        <source>Removed %1 dB, in pauses %2 dB</source>
        <translation>%1 dB 제거, 말이 없을 때 %2 dB</translation>
    </message>
    <message>
        <source>SNR about %1 → %2 dB</source>
        <translation>SNR 약 %1 → %2 dB</translation>
    </message>
    <message>
        <source>level %1 → %2 dBFS</source>
        <translation>레벨 %1 → %2 dBFS</translation>
    </message>
    <message>
        <source>%1 × real time</source>
        <translation>실시간의 %1배</translation>
    </message>
    <message numerus="yes">
        <source>%n value(s) too loud for the file were cut off</source>
        <translation>
            <numerusform>파일에 담기에 너무 큰 값 %n개를 잘랐습니다</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>hiss::SensorsPage</name>
    <message>
        <source>, expected %1 to %2</source>
        <translation>, 예상 %1~%2</translation>
    </message>
    <message>
        <source>missing</source>
        <translation>없음</translation>
    </message>
    <message>
        <source>Sensors</source>
        <translation>센서</translation>
    </message>
    <message>
        <source>sensors are being watched</source>
        <translation>센서를 지켜보는 중</translation>
    </message>
    <message>
        <source>Nothing is watched.</source>
        <translation>지켜보는 것이 없습니다.</translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>시작하는 중…</translation>
    </message>
    <message>
        <source>Ended.</source>
        <translation>끝났습니다.</translation>
    </message>
    <message>
        <source>%1 rows</source>
        <translation>%1개 행</translation>
    </message>
    <message>
        <source>%1 malformed</source>
        <translation>잘못된 행 %1개</translation>
    </message>
    <message>
        <source>%1 dropped</source>
        <translation>버려진 행 %1개</translation>
    </message>
    <message>
        <source>%1 no longer kept: the disk is full</source>
        <translation>%1개를 더 보관하지 못함: 디스크가 가득 참</translation>
    </message>
    <message>
        <source>trying to connect</source>
        <translation>연결하는 중</translation>
    </message>
    <message>
        <source>connected</source>
        <translation>연결됨</translation>
    </message>
    <message>
        <source>at its end</source>
        <translation>끝에 이름</translation>
    </message>
    <message>
        <source>trying again: %1</source>
        <translation>다시 시도하는 중: %1</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>Point at a moment to read its values.</source>
        <translation>한 순간을 가리키면 값을 읽을 수 있습니다.</translation>
    </message>
    <message>
        <source>row %1</source>
        <translation>행 %1</translation>
    </message>
    <message>
        <source>%1, %2</source>
        <translation>%1, %2</translation>
    </message>
    <message>
        <source>still learning</source>
        <translation>아직 학습 중</translation>
    </message>
    <message>
        <source>score %1</source>
        <translation>점수 %1</translation>
    </message>
    <message>
        <source>%1 %2</source>
        <translation>%1 %2</translation>
    </message>
    <message>
        <source>Save the rows that are shown</source>
        <translation>보이는 행 저장</translation>
    </message>
    <message>
        <source>Tables (*.csv)</source>
        <translation>표 (*.csv)</translation>
    </message>
    <message>
        <source>Save the picture</source>
        <translation>그림 저장</translation>
    </message>
    <message>
        <source>sensors.png</source>
        <translation>sensors.png</translation>
    </message>
    <message>
        <source>Pictures (*.png)</source>
        <translation>그림 (*.png)</translation>
    </message>
    <message>
        <source>Start watching</source>
        <translation>지켜보기 시작</translation>
    </message>
    <message>
        <source>Watch the source that is chosen</source>
        <translation>고른 소스를 지켜봅니다</translation>
    </message>
    <message>
        <source>Stop watching</source>
        <translation>지켜보기 중지</translation>
    </message>
    <message>
        <source>Stop; what was seen stays to be looked at</source>
        <translation>중지합니다. 본 것은 남아 있어 살펴볼 수 있습니다</translation>
    </message>
    <message>
        <source>Live</source>
        <translation>실시간</translation>
    </message>
    <message>
        <source>Follow the newest rows; off: stay at this moment</source>
        <translation>최신 행을 따라갑니다. 끄면 이 순간에 머무릅니다</translation>
    </message>
    <message>
        <source>Zoom in</source>
        <translation>확대</translation>
    </message>
    <message>
        <source>Show less time in more detail</source>
        <translation>더 짧은 시간을 더 자세히 봅니다</translation>
    </message>
    <message>
        <source>Zoom out</source>
        <translation>축소</translation>
    </message>
    <message>
        <source>Show more time at once</source>
        <translation>더 긴 시간을 한 번에 봅니다</translation>
    </message>
    <message>
        <source>Show all</source>
        <translation>전체 보기</translation>
    </message>
    <message>
        <source>Show all rows that are kept</source>
        <translation>보관된 모든 행을 봅니다</translation>
    </message>
    <message>
        <source>Mark as normal</source>
        <translation>정상으로 표시</translation>
    </message>
    <message>
        <source>The chosen alert was usual: the detector learns it</source>
        <translation>고른 알림은 평소와 같았습니다. 탐지기가 이를 학습합니다</translation>
    </message>
    <message>
        <source>Mark as fault</source>
        <translation>고장으로 표시</translation>
    </message>
    <message>
        <source>The chosen alert was a fault</source>
        <translation>고른 알림은 고장이었습니다</translation>
    </message>
    <message>
        <source>Mark as seen</source>
        <translation>확인함으로 표시</translation>
    </message>
    <message>
        <source>Tell that somebody looks after the chosen alert</source>
        <translation>고른 알림을 누군가 살펴보고 있음을 표시합니다</translation>
    </message>
    <message>
        <source>Save rows…</source>
        <translation>행 저장…</translation>
    </message>
    <message>
        <source>Save the rows that are shown as a table</source>
        <translation>보이는 행을 표로 저장합니다</translation>
    </message>
    <message>
        <source>Save picture…</source>
        <translation>그림 저장…</translation>
    </message>
    <message>
        <source>Save the lanes as they are shown</source>
        <translation>보이는 대로 그림으로 저장합니다</translation>
    </message>
    <message>
        <source>&amp;Mute</source>
        <translation>알림 끄기(&amp;M)</translation>
    </message>
    <message>
        <source>Tell no alerts of the chosen streams for a while</source>
        <translation>고른 스트림의 알림을 잠시 끕니다</translation>
    </message>
    <message>
        <source>For 10 minutes</source>
        <translation>10분 동안</translation>
    </message>
    <message>
        <source>For an hour</source>
        <translation>1시간 동안</translation>
    </message>
    <message>
        <source>For 8 hours</source>
        <translation>8시간 동안</translation>
    </message>
    <message>
        <source>Tell alerts again</source>
        <translation>알림 다시 켜기</translation>
    </message>
    <message>
        <source>Streams</source>
        <translation>스트림</translation>
    </message>
    <message>
        <source>Choose up to eight streams to see their lanes</source>
        <translation>스트림을 여덟 개까지 골라 볼 수 있습니다</translation>
    </message>
    <message>
        <source>How the monitor does</source>
        <translation>감시 현황</translation>
    </message>
    <message>
        <source>Values at the cursor</source>
        <translation>커서 위치의 값</translation>
    </message>
    <message>
        <source>Start with the demo</source>
        <translation>데모로 시작</translation>
    </message>
    <message>
        <source>Needs no sensor: taxi trips in New York</source>
        <translation>센서가 필요 없습니다: 뉴욕의 택시 운행</translation>
    </message>
</context>
<context>
    <name>hiss::SetupBox</name>
    <message>
        <source>Where the sound comes from</source>
        <translation>소리가 들어오는 곳</translation>
    </message>
    <message>
        <source>Where the clean sound goes</source>
        <translation>깨끗한 소리가 나가는 곳</translation>
    </message>
    <message>
        <source>What takes the noise out: larger models sound better and need more time</source>
        <translation>잡음을 없애는 모델. 클수록 소리가 좋지만 시간이 더 듭니다</translation>
    </message>
    <message>
        <source>How much sound waits between the devices: a short delay is better for hearing oneself, a long one for a busy computer</source>
        <translation>장치 사이에서 기다리는 소리의 양. 자기 목소리를 들을 때는 짧게, 컴퓨터가 바쁠 때는 길게 하세요</translation>
    </message>
    <message>
        <source>Short</source>
        <translation>짧게</translation>
    </message>
    <message>
        <source>Balanced</source>
        <translation>보통</translation>
    </message>
    <message>
        <source>Safe</source>
        <translation>안전하게</translation>
    </message>
    <message>
        <source>&amp;Input:</source>
        <translation>입력(&amp;I):</translation>
    </message>
    <message>
        <source>&amp;Output:</source>
        <translation>출력(&amp;O):</translation>
    </message>
    <message>
        <source>Mo&amp;del:</source>
        <translation>모델(&amp;D):</translation>
    </message>
    <message>
        <source>D&amp;elay:</source>
        <translation>지연(&amp;E):</translation>
    </message>
    <message>
        <source>Recording as input</source>
        <translation>입력으로 쓸 녹음 파일</translation>
    </message>
    <message>
        <source>Recordings (*)</source>
        <translation>녹음 파일 (*)</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>모델</translation>
    </message>
    <message>
        <source>Models (*.safetensors)</source>
        <translation>모델 (*.safetensors)</translation>
    </message>
    <message>
        <source>%1 (not there now)</source>
        <translation>%1 (지금 없음)</translation>
    </message>
</context>
<context>
    <name>hiss::ShareBars</name>
    <message>
        <source>How much each channel had to do with the score</source>
        <translation>각 채널이 점수에 기여한 정도</translation>
    </message>
    <message>
        <source>Shares of the channels</source>
        <translation>채널별 비중</translation>
    </message>
    <message>
        <source>Point at a moment, or choose an alert</source>
        <translation>한 순간을 가리키거나 알림을 고르세요</translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1 %</translation>
    </message>
</context>
<context>
    <name>hiss::ShareDelegate</name>
    <message>
        <source>%1 %</source>
        <comment>per cent</comment>
        <translation>%1 %</translation>
    </message>
</context>
<context>
    <name>hiss::SoundBox</name>
    <message>
        <source>%1 %</source>
        <translation>%1 %</translation>
    </message>
    <message>
        <source>Hold for the original</source>
        <translation>누르고 있으면 원음</translation>
    </message>
    <message>
        <source>&amp;Keep the original</source>
        <translation>원음 유지(&amp;K)</translation>
    </message>
    <message>
        <source>Hear what is re&amp;moved</source>
        <translation>제거된 소리 듣기(&amp;M)</translation>
    </message>
    <message>
        <source>How much of the denoised sound is heard: 0 % is the original</source>
        <translation>잡음을 없앤 소리의 비율. 0 %는 원음입니다</translation>
    </message>
    <message>
        <source>Share of the denoised sound in per cent</source>
        <translation>잡음을 없앤 소리의 비율(퍼센트)</translation>
    </message>
    <message>
        <source>The original is heard while this button, B or the space bar is held, without a click</source>
        <translation>이 단추나 B 키, 스페이스 바를 누르고 있는 동안 딸깍 소리 없이 원음이 들립니다</translation>
    </message>
    <message>
        <source>Hold to hear the original</source>
        <translation>누르고 있으면 원음을 듣습니다</translation>
    </message>
    <message>
        <source>The original is heard until this is switched off</source>
        <translation>끌 때까지 원음이 들립니다</translation>
    </message>
    <message>
        <source>Only what the model takes out is heard: there should be no speech in it</source>
        <translation>모델이 없앤 소리만 들립니다. 말소리가 없어야 합니다</translation>
    </message>
    <message>
        <source>&amp;Turn down by at most:</source>
        <translation>최대 감쇠(&amp;T):</translation>
    </message>
    <message>
        <source>Mi&amp;x:</source>
        <translation>섞기(&amp;X):</translation>
    </message>
</context>
<context>
    <name>hiss::SourceForm</name>
    <message>
        <source>Mamba forecaster (best)</source>
        <translation>Mamba 예측기 (최고)</translation>
    </message>
    <message>
        <source>Novelty of shape</source>
        <translation>모양의 새로움</translation>
    </message>
    <message>
        <source>Linear forecaster, likelihood</source>
        <translation>선형 예측기, 가능도</translation>
    </message>
    <message>
        <source>Linear forecaster</source>
        <translation>선형 예측기</translation>
    </message>
    <message>
        <source>Moving average (fastest)</source>
        <translation>이동 평균 (가장 빠름)</translation>
    </message>
    <message>
        <source>as fast as it goes</source>
        <translation>가능한 한 빠르게</translation>
    </message>
    <message>
        <source>%1×</source>
        <translation>%1×</translation>
    </message>
    <message>
        <source>How many times as fast as it was measured</source>
        <translation>측정된 속도의 몇 배로 재생할지</translation>
    </message>
    <message>
        <source>Speed</source>
        <translation>속도</translation>
    </message>
    <message>
        <source>Port at which rows arrive</source>
        <translation>행이 들어오는 포트</translation>
    </message>
    <message>
        <source>Port</source>
        <translation>포트</translation>
    </message>
    <message>
        <source>S&amp;tart</source>
        <translation>시작(&amp;T)</translation>
    </message>
    <message>
        <source>Sto&amp;p</source>
        <translation>중지(&amp;P)</translation>
    </message>
    <message>
        <source>Where rows come from</source>
        <translation>행이 들어오는 곳</translation>
    </message>
    <message>
        <source>Who says how unusual a row is</source>
        <translation>행이 얼마나 이상한지 판단하는 탐지기</translation>
    </message>
    <message>
        <source>The model that the Mamba forecaster runs</source>
        <translation>Mamba 예측기가 쓰는 모델</translation>
    </message>
    <message>
        <source>False alarms that you put up with in a week of an undisturbed stream</source>
        <translation>이상 없는 스트림에서 한 주에 감수할 오경보 수</translation>
    </message>
    <message>
        <source>Watch this source</source>
        <translation>이 소스를 지켜봅니다</translation>
    </message>
    <message>
        <source>Stop watching; what was seen stays to be looked at</source>
        <translation>지켜보기를 멈춥니다. 본 것은 남아 있어 살펴볼 수 있습니다</translation>
    </message>
    <message>
        <source>S&amp;ource:</source>
        <translation>소스(&amp;O):</translation>
    </message>
    <message>
        <source>&amp;Detector:</source>
        <translation>탐지기(&amp;D):</translation>
    </message>
    <message>
        <source>&amp;Model:</source>
        <translation>모델(&amp;M):</translation>
    </message>
    <message>
        <source>False &amp;alarms a week:</source>
        <translation>주당 오경보(&amp;A):</translation>
    </message>
    <message>
        <source>file</source>
        <translation>파일</translation>
    </message>
    <message>
        <source>Path of the file</source>
        <translation>파일 경로</translation>
    </message>
    <message>
        <source>&amp;Browse…</source>
        <translation>찾아보기(&amp;B)…</translation>
    </message>
    <message>
        <source>Choose the file</source>
        <translation>파일을 고릅니다</translation>
    </message>
    <message>
        <source>Demo: taxi trips in New York</source>
        <translation>데모: 뉴욕의 택시 운행</translation>
    </message>
    <message>
        <source>Table (CSV file)</source>
        <translation>표 (CSV 파일)</translation>
    </message>
    <message>
        <source>Tables (*.csv *.tsv *.txt);;All files (*)</source>
        <translation>표 (*.csv *.tsv *.txt);;모든 파일 (*)</translation>
    </message>
    <message>
        <source>broker, perhaps with :port</source>
        <translation>브로커 (필요하면 :포트)</translation>
    </message>
    <message>
        <source>Name or address of the MQTT broker</source>
        <translation>MQTT 브로커의 이름이나 주소</translation>
    </message>
    <message>
        <source>topic, such as plant/#</source>
        <translation>토픽 (예: plant/#)</translation>
    </message>
    <message>
        <source>Topic; # stands for all below, + for one level</source>
        <translation>토픽. #은 아래 전부, +는 한 단계</translation>
    </message>
    <message>
        <source>user</source>
        <translation>사용자</translation>
    </message>
    <message>
        <source>User at the broker; may be empty</source>
        <translation>브로커의 사용자. 비워 둘 수 있습니다</translation>
    </message>
    <message>
        <source>password</source>
        <translation>암호</translation>
    </message>
    <message>
        <source>Password at the broker; may be empty</source>
        <translation>브로커의 암호. 비워 둘 수 있습니다</translation>
    </message>
    <message>
        <source>MQTT broker</source>
        <translation>MQTT 브로커</translation>
    </message>
    <message>
        <source>Serial port</source>
        <translation>직렬 포트</translation>
    </message>
    <message>
        <source>%1 baud</source>
        <translation>%1 baud</translation>
    </message>
    <message>
        <source>Speed of the serial port</source>
        <translation>직렬 포트의 속도</translation>
    </message>
    <message>
        <source>this machine only; 0.0.0.0: everybody</source>
        <translation>이 컴퓨터만. 0.0.0.0: 모두</translation>
    </message>
    <message>
        <source>Address to listen on</source>
        <translation>들을 주소</translation>
    </message>
    <message>
        <source>Datagrams (UDP)</source>
        <translation>데이터그램 (UDP)</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>주소</translation>
    </message>
    <message>
        <source>wait for senders</source>
        <translation>보내는 쪽을 기다림</translation>
    </message>
    <message>
        <source>connect to a sender</source>
        <translation>보내는 쪽에 연결</translation>
    </message>
    <message>
        <source>Who opens the connection</source>
        <translation>누가 연결을 여는지</translation>
    </message>
    <message>
        <source>Lines (TCP)</source>
        <translation>줄 (TCP)</translation>
    </message>
    <message>
        <source>Any source of hiss monitor: csv:, wav:, mic:, mqtt:, serial:, tcp:, udp:, …</source>
        <translation>hiss monitor의 모든 소스: csv:, wav:, mic:, mqtt:, serial:, tcp:, udp:, …</translation>
    </message>
    <message>
        <source>Any address</source>
        <translation>임의의 주소</translation>
    </message>
    <message>
        <source>Configuration file</source>
        <translation>설정 파일</translation>
    </message>
    <message>
        <source>Configurations (*.toml);;All files (*)</source>
        <translation>설정 (*.toml);;모든 파일 (*)</translation>
    </message>
    <message>
        <source>the usual one</source>
        <translation>기본 모델</translation>
    </message>
    <message>
        <source>Choose a file…</source>
        <translation>파일 고르기…</translation>
    </message>
    <message>
        <source>Models (*.safetensors);;All files (*)</source>
        <translation>모델 (*.safetensors);;모든 파일 (*)</translation>
    </message>
</context>
<context>
    <name>hiss::SpectrogramView</name>
    <message>
        <source>kHz</source>
        <translation>kHz</translation>
    </message>
    <message>
        <source>time (s)</source>
        <translation>시간 (초)</translation>
    </message>
    <message>
        <source>time</source>
        <translation>시간</translation>
    </message>
    <message>
        <source>dBFS</source>
        <translation>dBFS</translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation>%1초</translation>
    </message>
    <message>
        <source>%1, %2 kHz: %3 dBFS</source>
        <translation>%1, %2 kHz: %3 dBFS</translation>
    </message>
</context>
<context>
    <name>hiss::StateChooser</name>
    <message>
        <source>&amp;Layer</source>
        <translation>층(&amp;L)</translation>
    </message>
    <message>
        <source>The layer of the network to look into</source>
        <translation>들여다볼 신경망의 층</translation>
    </message>
    <message>
        <source>&amp;Row</source>
        <translation>행(&amp;R)</translation>
    </message>
    <message>
        <source>A layer has its own memory for each sub-band of the sound or sensor channel</source>
        <translation>층은 소리의 부분 대역이나 센서 채널마다 따로 기억을 가집니다</translation>
    </message>
    <message>
        <source>C&amp;hannel</source>
        <translation>채널(&amp;H)</translation>
    </message>
    <message>
        <source>The channel that is followed over time</source>
        <translation>시간에 따라 따라갈 채널</translation>
    </message>
    <message>
        <source>&amp;State</source>
        <translation>상태(&amp;S)</translation>
    </message>
    <message>
        <source>Which state of the channel is followed</source>
        <translation>채널의 어느 상태를 따라갈지</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%2 중 %1</translation>
    </message>
</context>
<context>
    <name>hiss::StatePanel</name>
    <message>
        <source>Nothing runs here yet.

Start the demo on the Live page, or a source on the Sensors page, and watch here what the model holds in its memory while it works.</source>
        <translation>아직 돌아가는 것이 없습니다.

실시간 페이지에서 데모를 시작하거나 센서 페이지에서 소스를 시작하면, 모델이 일하는 동안 기억에 무엇을 담는지 여기에서 볼 수 있습니다.</translation>
    </message>
    <message>
        <source>&amp;Freeze the views</source>
        <translation>화면 멈추기(&amp;F)</translation>
    </message>
    <message>
        <source>Gaps in the pictures are steps that came too fast to be shown: %1</source>
        <translation>그림의 빈 곳은 너무 빨리 와서 보이지 못한 단계입니다: %1</translation>
    </message>
    <message>
        <source>Hold all views still to read the numbers of one moment (F7)</source>
        <translation>모든 화면을 멈추고 한 순간의 숫자를 읽습니다 (F7)</translation>
    </message>
    <message>
        <source>Freeze</source>
        <translation>멈추기</translation>
    </message>
    <message>
        <source>Follow the &amp;next channel</source>
        <translation>다음 채널 따라가기(&amp;N)</translation>
    </message>
    <message>
        <source>Follow the &amp;previous channel</source>
        <translation>이전 채널 따라가기(&amp;P)</translation>
    </message>
    <message>
        <source>Next ro&amp;w</source>
        <translation>다음 행(&amp;W)</translation>
    </message>
    <message>
        <source>Previous r&amp;ow</source>
        <translation>이전 행(&amp;O)</translation>
    </message>
    <message>
        <source>Next &amp;layer</source>
        <translation>다음 층(&amp;L)</translation>
    </message>
    <message>
        <source>Previous l&amp;ayer</source>
        <translation>이전 층(&amp;A)</translation>
    </message>
    <message>
        <source>What am I looking &amp;at?</source>
        <translation>무엇을 보고 있나요?(&amp;A)</translation>
    </message>
    <message>
        <source>Explain the hidden state and its views (Shift+F9)</source>
        <translation>은닉 상태와 그 화면을 설명합니다 (Shift+F9)</translation>
    </message>
    <message>
        <source>Waiting for the first step of the model…</source>
        <translation>모델의 첫 단계를 기다리는 중…</translation>
    </message>
</context>
<context>
    <name>hiss::StateRecorder</name>
    <message>
        <source>Re&amp;cord the hidden state…</source>
        <translation>은닉 상태 기록(&amp;C)…</translation>
    </message>
    <message>
        <source>Record</source>
        <translation>기록</translation>
    </message>
    <message>
        <source>Write each step of this layer and row into a .npz file, to be read with NumPy (F8)</source>
        <translation>이 층과 행의 모든 단계를 NumPy로 읽을 수 있는 .npz 파일에 저장합니다 (F8)</translation>
    </message>
    <message>
        <source>Record the hidden state</source>
        <translation>은닉 상태 기록</translation>
    </message>
    <message>
        <source>NumPy arrays (*.npz)</source>
        <translation>NumPy 배열 (*.npz)</translation>
    </message>
    <message>
        <source>hidden-state.npz</source>
        <translation>hidden-state.npz</translation>
    </message>
    <message>
        <source>%1 could not be written.</source>
        <translation>%1을(를) 쓸 수 없었습니다.</translation>
    </message>
    <message>
        <source>Choose another folder or free some space.</source>
        <translation>다른 폴더를 고르거나 공간을 확보하세요.</translation>
    </message>
    <message>
        <source>%1 steps, %2</source>
        <translation>%1단계, %2</translation>
    </message>
    <message>
        <source>%1; lost because the disk is too slow: %2 steps</source>
        <translation>%1; 디스크가 느려서 잃은 것: %2단계</translation>
    </message>
    <message>
        <source>Writing %1: %2</source>
        <translation>%1 쓰는 중: %2</translation>
    </message>
    <message>
        <source>Recording %1: %2</source>
        <translation>%1 기록 중: %2</translation>
    </message>
    <message>
        <source>%1 is written: %2.</source>
        <translation>%1을(를) 저장했습니다: %2.</translation>
    </message>
    <message>
        <source>Open it with numpy.load(); its arrays are named as here.</source>
        <translation>numpy.load()로 여세요. 배열 이름은 여기와 같습니다.</translation>
    </message>
</context>
<context>
    <name>hiss::StateText</name>
    <message>
        <source>%1 rows</source>
        <translation>%1개 행</translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation>%1초</translation>
    </message>
    <message>
        <source>%1 ms</source>
        <translation>%1 ms</translation>
    </message>
    <message>
        <source>At %1 s (step %2)</source>
        <translation>%1초 (단계 %2)</translation>
    </message>
    <message>
        <source>At row %1</source>
        <translation>행 %1</translation>
    </message>
    <message>
        <source>: energy of B = %1, of C = %2</source>
        <translation>: B의 에너지 = %1, C의 에너지 = %2</translation>
    </message>
    <message>
        <source> · size of the state = %1</source>
        <translation> · 상태의 크기 = %1</translation>
    </message>
    <message>
        <source>You are looking into the memory of the network while it works. Each of its layers keeps a hidden state h, a few numbers for each of its channels, and that is all it knows of the past. At every step the memory first fades and then takes something up: the new h is exp(Δ·A) times the old h, plus Δ·B times the new input x. A was learned once, is below zero and stays as it is; Δ, B and C are worked out anew from every input, and that is what makes the memory selective.

A large Δ lets go of the old and writes the new; a Δ near zero keeps what is there and passes the input over. So bright spots in the picture of Δ are moments that the network found worth remembering. A cell remembers for about -1/(Δ·A), which the histogram counts. What is read from the memory is C times h, and the gate decides how much of each channel goes on to the next layer.

The heat map is h itself, one cell for each channel and state. Click a cell to follow it over time, and compare it with a fixed filter to see the difference that being selective makes.</source>
        <translation>일하고 있는 신경망의 기억을 들여다보고 있습니다. 각 층은 채널마다 숫자 몇 개로 된 은닉 상태 h를 간직하며, 과거에 대해 아는 것은 그것이 전부입니다. 단계마다 기억은 먼저 흐려지고 나서 무언가를 받아들입니다. 새 h는 이전 h에 exp(Δ·A)를 곱한 것에, 새 입력 x에 Δ·B를 곱한 것을 더한 값입니다. A는 한 번 학습된 음수로 변하지 않습니다. Δ, B, C는 입력마다 새로 계산되며, 바로 그것이 기억을 선택적으로 만듭니다.

Δ가 크면 옛것을 놓고 새것을 씁니다. Δ가 0에 가까우면 있던 것을 지키고 입력을 흘려보냅니다. 그래서 Δ 그림의 밝은 곳은 신경망이 기억할 만하다고 본 순간입니다. 칸 하나는 대략 -1/(Δ·A) 동안 기억하며, 히스토그램이 그것을 셉니다. 기억에서 읽는 것은 C 곱하기 h이고, 게이트는 각 채널이 다음 층으로 얼마나 나아갈지 정합니다.

히트맵은 h 자체로, 채널과 상태마다 한 칸입니다. 칸을 누르면 시간에 따라 따라갈 수 있고, 고정 필터와 비교하면 선택적이라는 것이 만드는 차이를 볼 수 있습니다.</translation>
    </message>
    <message>
        <source>Channel %1, state %2: h = %3 · Δ = %4 · gate = %5</source>
        <translation>채널 %1, 상태 %2: h = %3 · Δ = %4 · 게이트 = %5</translation>
    </message>
    <message>
        <source> · remembers %1</source>
        <translation> · 기억 %1</translation>
    </message>
</context>
<context>
    <name>hiss::StateViews</name>
    <message>
        <source>State of the followed cell over time</source>
        <translation>따라가는 칸의 상태(시간에 따라)</translation>
    </message>
    <message>
        <source>Step size of the followed channel over time</source>
        <translation>따라가는 채널의 단계 크기(시간에 따라)</translation>
    </message>
    <message>
        <source>Gate of the followed channel over time</source>
        <translation>따라가는 채널의 게이트(시간에 따라)</translation>
    </message>
    <message>
        <source>Energy of B and C over time</source>
        <translation>B와 C의 에너지(시간에 따라)</translation>
    </message>
    <message>
        <source>Size of the state of each layer over time</source>
        <translation>각 층의 상태 크기(시간에 따라)</translation>
    </message>
    <message>
        <source>Com&amp;pare with a fixed filter</source>
        <translation>고정 필터와 비교(&amp;P)</translation>
    </message>
    <message>
        <source>Heat map of the hidden state</source>
        <translation>은닉 상태 히트맵</translation>
    </message>
    <message>
        <source>Point at a cell to read it, click it to follow it over time. With the keys: arrows and Enter.</source>
        <translation>칸을 가리키면 값을 읽고, 누르면 시간에 따라 따라갑니다. 키보드: 화살표와 Enter.</translation>
    </message>
    <message>
        <source>Step size of each channel over time</source>
        <translation>각 채널의 단계 크기(시간에 따라)</translation>
    </message>
    <message>
        <source>Gate of each channel over time</source>
        <translation>각 채널의 게이트(시간에 따라)</translation>
    </message>
    <message>
        <source>Histogram of memory horizons</source>
        <translation>기억 지평 히스토그램</translation>
    </message>
    <message>
        <source>The horizon -1/(Δ·A) is the time after which a cell has forgotten all but a third of what it held. The red line is the followed cell.</source>
        <translation>지평 -1/(Δ·A)은 칸이 담고 있던 것의 3분의 1만 남기고 잊는 데 걸리는 시간입니다. 빨간 선은 따라가는 칸입니다.</translation>
    </message>
    <message>
        <source>Draws what the same channel would hold if its Δ, B and C stayed at their running means: a filter that treats all input alike. Where the lines part, the model chose to remember or to pass over.</source>
        <translation>같은 채널의 Δ, B, C가 이동 평균에 머무른다면 담고 있을 값을 그립니다. 모든 입력을 똑같이 다루는 필터입니다. 두 선이 갈라지는 곳에서 모델은 기억하거나 흘려보내기로 선택했습니다.</translation>
    </message>
    <message>
        <source>Freeze the views (F7), then point at a moment or use the arrow keys to read the numbers there.</source>
        <translation>화면을 멈춘 뒤(F7) 한 순간을 가리키거나 화살표 키로 그곳의 숫자를 읽으세요.</translation>
    </message>
    <message>
        <source>&lt;b&gt;Step size Δ of each channel&lt;/b&gt; – what it decides to remember: bright writes, dark holds</source>
        <translation>&lt;b&gt;각 채널의 단계 크기 Δ&lt;/b&gt; – 무엇을 기억할지: 밝으면 쓰고 어두우면 지킴</translation>
    </message>
    <message>
        <source>&lt;b&gt;Gate of each channel&lt;/b&gt; – what it lets through: grey is shut, red is open</source>
        <translation>&lt;b&gt;각 채널의 게이트&lt;/b&gt; – 무엇을 통과시킬지: 회색은 닫힘, 빨강은 열림</translation>
    </message>
    <message>
        <source>&lt;b&gt;Memory horizon&lt;/b&gt; – how many cells remember for how long</source>
        <translation>&lt;b&gt;기억 지평&lt;/b&gt; – 몇 개의 칸이 얼마나 오래 기억하는지</translation>
    </message>
    <message>
        <source>&lt;b&gt;Energy of what is written (B) and read (C)&lt;/b&gt;</source>
        <translation>&lt;b&gt;쓰는 것(B)과 읽는 것(C)의 에너지&lt;/b&gt;</translation>
    </message>
    <message>
        <source>B</source>
        <translation>B</translation>
    </message>
    <message>
        <source>C</source>
        <translation>C</translation>
    </message>
    <message>
        <source>&lt;b&gt;Followed cell&lt;/b&gt; over time</source>
        <translation>&lt;b&gt;따라가는 칸&lt;/b&gt;(시간에 따라)</translation>
    </message>
    <message>
        <source>state h</source>
        <translation>상태 h</translation>
    </message>
    <message>
        <source>as a fixed filter</source>
        <translation>고정 필터라면</translation>
    </message>
    <message>
        <source>step size Δ</source>
        <translation>단계 크기 Δ</translation>
    </message>
    <message>
        <source>gate</source>
        <translation>게이트</translation>
    </message>
    <message>
        <source>&lt;b&gt;Hidden state h&lt;/b&gt; – %1 channels from left to right, %2 states upwards; blue below 0, red above</source>
        <translation>&lt;b&gt;은닉 상태 h&lt;/b&gt; – 왼쪽에서 오른쪽으로 채널 %1개, 위로 상태 %2개. 파랑은 0보다 작고 빨강은 큼</translation>
    </message>
    <message>
        <source>&lt;b&gt;Size of the state&lt;/b&gt; of each layer</source>
        <translation>각 층의 &lt;b&gt;상태 크기&lt;/b&gt;</translation>
    </message>
    <message>
        <source>Mean of all channels: %1</source>
        <translation>모든 채널의 평균: %1</translation>
    </message>
    <message>
        <source>B: %1, C: %2</source>
        <translation>B: %1, C: %2</translation>
    </message>
    <message>
        <source>Half of the cells remember for longer than %1</source>
        <translation>칸의 절반은 %1보다 오래 기억합니다</translation>
    </message>
</context>
<context>
    <name>hiss::StreamModel</name>
    <message>
        <source>ok</source>
        <translation>정상</translation>
    </message>
    <message>
        <source>learning</source>
        <translation>학습 중</translation>
    </message>
    <message>
        <source>alert</source>
        <translation>알림</translation>
    </message>
    <message>
        <source>no data</source>
        <translation>데이터 없음</translation>
    </message>
    <message>
        <source>muted</source>
        <translation>알림 끔</translation>
    </message>
    <message numerus="yes">
        <source>%1: %n rows</source>
        <translation>
            <numerusform>%1: %n개 행</numerusform>
        </translation>
    </message>
    <message>
        <source>Who measures</source>
        <translation>측정하는 곳</translation>
    </message>
    <message>
        <source>Stream</source>
        <translation>스트림</translation>
    </message>
    <message>
        <source>What the detector thinks of it now</source>
        <translation>탐지기의 현재 판단</translation>
    </message>
    <message>
        <source>State</source>
        <translation>상태</translation>
    </message>
    <message>
        <source>How unusual the newest row is; above 1 raises an alert</source>
        <translation>최신 행이 얼마나 이상한지. 1보다 크면 알립니다</translation>
    </message>
    <message>
        <source>Score</source>
        <translation>점수</translation>
    </message>
    <message>
        <source>Rows in a second, lately</source>
        <translation>최근 초당 행 수</translation>
    </message>
    <message>
        <source>Rows/s</source>
        <translation>행/초</translation>
    </message>
</context>
</TS>
